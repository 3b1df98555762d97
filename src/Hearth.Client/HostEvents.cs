using Hearth.Containers;
using Hearth.Records.Events;

namespace Hearth.Client;

/// <summary>The events of this host.</summary>
/// <param name="directories">Where they are stored.</param>
/// <param name="clock">The source of the time.</param>
public sealed class HostEvents(HearthDirectories directories, TimeProvider clock) : IEvents
{
    /// <summary>The header by which a worker says since when its answer has events, so that a client can go on after a loss.</summary>
    public const string BeginHeader = "Hearth-Events-Since";

    public IAsyncEnumerable<ContainerEvent> FollowAsync(EventQuery query, CancellationToken cancellationToken = default) =>
        new EventJournal(directories, clock).ReadAsync(query with { OnlyNew = query.Since is null, Follow = true }, cancellationToken);
}
