using Hearth.Client;
using Hearth.Records;

namespace Hearth.Remote;

/// <summary>What another host stores, through its worker.</summary>
/// <param name="worker">The caller closes it.</param>
public sealed class RemoteSystem(WorkerConnection worker)
{
    public Task<IReadOnlyList<DiskUse>> ReadDiskUsesAsync(CancellationToken cancellationToken = default) => worker.ReadAsync("hearth/v1/disk-uses", ClientJson.Default.IReadOnlyListDiskUse, cancellationToken);
}
