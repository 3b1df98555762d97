using Hearth.Records.Networks;

namespace Hearth.Client;

/// <summary>The networks of this host.</summary>
public sealed class HostNetworks(NetworkStore store) : INetworks
{
    public Task<IReadOnlyList<NetworkEntry>> ListAsync(CancellationToken cancellationToken = default) => Task.FromResult(store.List());

    public Task<NetworkDetail> FindAsync(string reference, CancellationToken cancellationToken = default)
    {
        NetworkEntry network = store.Find(reference);
        return Task.FromResult(new NetworkDetail(network, store.MembersOf(network)));
    }

    public Task<NetworkEntry> CreateAsync(NetworkRequest request, CancellationToken cancellationToken = default) => Task.FromResult(store.Create(request));

    public Task RemoveAsync(string reference, CancellationToken cancellationToken = default)
    {
        store.Remove(reference);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<NetworkEntry>> PruneAsync(Func<NetworkEntry, bool> selected, CancellationToken cancellationToken = default) => Task.FromResult(store.Prune(selected));
}
