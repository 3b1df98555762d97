using Hearth.Client;
using Hearth.Records.Networks;

namespace Hearth.Remote;

/// <summary>The networks of another host, through its worker.</summary>
/// <param name="worker">The caller closes it.</param>
public sealed class RemoteNetworks(WorkerConnection worker) : INetworks
{
    private const string Networks = "hearth/v1/networks";

    public Task<IReadOnlyList<NetworkEntry>> ListAsync(CancellationToken cancellationToken = default) => worker.ReadAsync(Networks, ClientJson.Default.IReadOnlyListNetworkEntry, cancellationToken);

    public Task<NetworkDetail> FindAsync(string reference, CancellationToken cancellationToken = default) => worker.ReadAsync(PathOf(reference), ClientJson.Default.NetworkDetail, cancellationToken);

    public Task<NetworkEntry> CreateAsync(NetworkRequest request, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Post, Networks, request, ClientJson.Default.NetworkRequest, ClientJson.Default.NetworkEntry, cancellationToken);

    public Task RemoveAsync(string reference, CancellationToken cancellationToken = default) => worker.SendAsync(HttpMethod.Delete, PathOf(reference), cancellationToken);

    public async Task<IReadOnlyList<NetworkEntry>> PruneAsync(Func<NetworkEntry, bool> selected, CancellationToken cancellationToken = default)
    {
        SelectedNetworks request = new([.. (await ListAsync(cancellationToken).ConfigureAwait(false)).Where(selected).Select(network => network.Id)]);
        return await worker.SendAsync(
            HttpMethod.Post, $"{Networks}/prune", request, ClientJson.Default.SelectedNetworks, ClientJson.Default.IReadOnlyListNetworkEntry, cancellationToken).ConfigureAwait(false);
    }

    private static string PathOf(string reference) => $"{Networks}/{Uri.EscapeDataString(reference)}";
}
