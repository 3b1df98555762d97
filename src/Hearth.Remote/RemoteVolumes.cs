using Hearth.Client;
using Hearth.Records.Volumes;

namespace Hearth.Remote;

/// <summary>The volumes of another host, through its worker.</summary>
/// <param name="worker">The caller closes it.</param>
public sealed class RemoteVolumes(WorkerConnection worker) : IVolumes
{
    private const string Volumes = "hearth/v1/volumes";

    public Task<IReadOnlyList<VolumeEntry>> ListAsync(CancellationToken cancellationToken = default) => worker.ReadAsync(Volumes, ClientJson.Default.IReadOnlyListVolumeEntry, cancellationToken);

    public Task<VolumeEntry> FindAsync(string name, CancellationToken cancellationToken = default) => worker.ReadAsync(PathOf(name), ClientJson.Default.VolumeEntry, cancellationToken);

    public Task CreateAsync(VolumeRequest request, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Post, Volumes, request, ClientJson.Default.VolumeRequest, cancellationToken);

    public Task RemoveAsync(string name, CancellationToken cancellationToken = default) => worker.SendAsync(HttpMethod.Delete, PathOf(name), cancellationToken);

    public async Task<IReadOnlyList<VolumeEntry>> PruneAsync(bool includesNamed, CancellationToken cancellationToken = default)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"{Volumes}/prune?all={(includesNamed ? 1 : 0)}");
        return await worker.AnswerAsync(request, ClientJson.Default.IReadOnlyListVolumeEntry, cancellationToken).ConfigureAwait(false);
    }

    private static string PathOf(string name) => $"{Volumes}/{Uri.EscapeDataString(name)}";
}
