using Hearth.Client;
using Hearth.Records;

namespace Hearth.Remote;

/// <summary>Another host and what it stores, through its worker.</summary>
/// <param name="worker">The caller closes it.</param>
public sealed class RemoteSystem(WorkerConnection worker)
{
    public Task<SystemInformation> ReadAsync(CancellationToken cancellationToken = default) => worker.ReadAsync("hearth/v1/system", ClientJson.Default.SystemInformation, cancellationToken);

    public Task<IReadOnlyList<DiskUse>> ReadDiskUsesAsync(CancellationToken cancellationToken = default) => worker.ReadAsync("hearth/v1/disk-uses", ClientJson.Default.IReadOnlyListDiskUse, cancellationToken);

    /// <summary>Removes stopped containers, and prepared disks that are not in use.</summary>
    /// <returns>The ids of the containers, and the bytes that are free now.</returns>
    public async Task<(IReadOnlyList<string> Containers, long Bytes)> PruneAsync(CancellationToken cancellationToken = default)
    {
        using HttpRequestMessage containers = new(HttpMethod.Post, "containers/prune");
        PrunedContainers removed = await worker.AnswerAsync(containers, RemoteJson.Default.PrunedContainers, cancellationToken).ConfigureAwait(false);
        PrunedCache disks = await worker.SendAsync(HttpMethod.Post, "hearth/v1/cache/prune", new CachePrune(0), RemoteJson.Default.CachePrune, RemoteJson.Default.PrunedCache, cancellationToken).ConfigureAwait(false);
        return (removed.Ids ?? [], removed.Bytes + (disks.Removed ?? []).Sum(disk => disk.Bytes));
    }
}
