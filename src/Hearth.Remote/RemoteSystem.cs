using System.Text.Json;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Records;
using Hearth.Rootfs.Cache;

namespace Hearth.Remote;

/// <summary>Another host and what it stores, through its worker.</summary>
/// <param name="worker">The caller closes it.</param>
public sealed class RemoteSystem(WorkerConnection worker)
{
    private const string Cache = "hearth/v1/cache";

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

    /// <summary>The prepared disks, the last used first.</summary>
    public async Task<IReadOnlyList<CacheEntry>> ReadCacheAsync(CancellationToken cancellationToken = default) =>
        (await worker.ReadAsync(Cache, RemoteJson.Default.CacheBody, cancellationToken).ConfigureAwait(false)).Entries ?? [];

    /// <summary>Removes prepared disks that are not in use.</summary>
    /// <param name="keep">How much to keep of those last used; null for nothing, or with an age for all.</param>
    /// <param name="unusedFor">Removes only those that were not used for so long; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The removed ones.</returns>
    public async Task<IReadOnlyList<CacheEntry>> PruneCacheAsync(ByteSize? keep, TimeSpan? unusedFor, CancellationToken cancellationToken = default) =>
        (await worker.SendAsync(
            HttpMethod.Post, $"{Cache}/prune", new CachePrune(keep?.Bytes, unusedFor?.TotalSeconds), RemoteJson.Default.CachePrune, RemoteJson.Default.CacheBody, cancellationToken).ConfigureAwait(false)).Removed ?? [];
}
