using Hearth.Containers;
using Hearth.Records.Events;

namespace Hearth.Client;

/// <summary>The events of a host: this one (<see cref="HostEvents"/>), or one that is reached through its worker.</summary>
public interface IEvents
{
    /// <summary>Reads events in the order in which they occurred, until the query's end or a cancellation.</summary>
    /// <param name="query">Selects the events; without a beginning, those from now on.</param>
    /// <param name="cancellationToken">Ends the reading immediately.</param>
    /// <exception cref="HearthException">They cannot be read.</exception>
    IAsyncEnumerable<ContainerEvent> FollowAsync(EventQuery query, CancellationToken cancellationToken = default);
}
