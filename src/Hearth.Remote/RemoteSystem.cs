using System.Text.Json;
using Hearth.Client;
using Hearth.Records;

namespace Hearth.Remote;

/// <summary>Another host and what it stores, through its worker.</summary>
/// <param name="worker">The caller closes it.</param>
public sealed class RemoteSystem(WorkerConnection worker)
{
    public Task<SystemInformation> ReadAsync(CancellationToken cancellationToken = default) => worker.ReadAsync("hearth/v1/system", ClientJson.Default.SystemInformation, cancellationToken);

    public Task<IReadOnlyList<DiskUse>> ReadDiskUsesAsync(CancellationToken cancellationToken = default) => worker.ReadAsync("hearth/v1/disk-uses", ClientJson.Default.IReadOnlyListDiskUse, cancellationToken);

    /// <summary>Removes stopped containers.</summary>
    /// <param name="filters">docker's, values by names.</param>
    /// <param name="cancellationToken">Stops to wait.</param>
    /// <returns>The ids of the containers, and the bytes that are free now.</returns>
    public async Task<(IReadOnlyList<string> Containers, long Bytes)> PruneContainersAsync(IReadOnlyDictionary<string, IReadOnlyList<string>> filters, CancellationToken cancellationToken = default)
    {
        string query = Uri.EscapeDataString(JsonSerializer.Serialize(filters, RemoteJson.Default.IReadOnlyDictionaryStringIReadOnlyListString));
        using HttpRequestMessage request = new(HttpMethod.Post, $"containers/prune?filters={query}");
        PrunedContainers removed = await worker.AnswerAsync(request, RemoteJson.Default.PrunedContainers, cancellationToken).ConfigureAwait(false);
        return (removed.Ids ?? [], removed.Bytes);
    }

    /// <summary>Removes prepared disks that are not in use.</summary>
    /// <param name="unusedFor">How long a disk must not have been used; null for all.</param>
    /// <param name="cancellationToken">Stops to wait.</param>
    /// <returns>The bytes that are free now.</returns>
    public async Task<long> PruneDisksAsync(TimeSpan? unusedFor, CancellationToken cancellationToken = default)
    {
        CachePrune request = new(unusedFor is null ? 0 : null, unusedFor?.TotalSeconds);
        PrunedCache disks = await worker.SendAsync(HttpMethod.Post, "hearth/v1/cache/prune", request, RemoteJson.Default.CachePrune, RemoteJson.Default.PrunedCache, cancellationToken).ConfigureAwait(false);
        return (disks.Removed ?? []).Sum(disk => disk.Bytes);
    }
}
