using Hearth.Containers;
using Hearth.Records.Networks;

namespace Hearth.Client;

/// <summary>The networks of a host: this one (<see cref="HostNetworks"/>), or one that is reached through its worker.</summary>
public interface INetworks
{
    Task<IReadOnlyList<NetworkEntry>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds a network by its name, its id or the beginning of its id, with the containers that are in it.</summary>
    /// <exception cref="HearthException">None, or more than one.</exception>
    Task<NetworkDetail> FindAsync(string reference, CancellationToken cancellationToken = default);

    Task<NetworkEntry> CreateAsync(NetworkRequest request, CancellationToken cancellationToken = default);

    Task RemoveAsync(string reference, CancellationToken cancellationToken = default);

    /// <summary>Removes the selected networks that no container has.</summary>
    Task<IReadOnlyList<NetworkEntry>> PruneAsync(Func<NetworkEntry, bool> selected, CancellationToken cancellationToken = default);
}

/// <summary>A network with the running containers that are in it.</summary>
public sealed record NetworkDetail(NetworkEntry Network, IReadOnlyList<NetworkMember> Members);
