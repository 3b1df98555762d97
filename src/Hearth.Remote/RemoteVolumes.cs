using Hearth.Client;
using Hearth.Containers;
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

    public async Task<IReadOnlyList<VolumeEntry>> PruneAsync(bool includesNamed, Func<VolumeEntry, bool>? selected = null, CancellationToken cancellationToken = default)
    {
        if (selected is not null)
        {
            return await PruneSelectedAsync(volume => (includesNamed || volume.IsAnonymous) && selected(volume), cancellationToken).ConfigureAwait(false);
        }

        using HttpRequestMessage request = new(HttpMethod.Post, $"{Volumes}/prune?all={(includesNamed ? 1 : 0)}");
        return await worker.AnswerAsync(request, ClientJson.Default.IReadOnlyListVolumeEntry, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<VolumeEntry>> PruneSelectedAsync(Func<VolumeEntry, bool> selected, CancellationToken cancellationToken)
    {
        List<VolumeEntry> removed = [];
        foreach (VolumeEntry volume in (await ListAsync(cancellationToken).ConfigureAwait(false)).Where(selected))
        {
            try
            {
                await RemoveAsync(volume.Name, cancellationToken).ConfigureAwait(false);
                removed.Add(volume);
            }
            catch (HearthException failure) when (failure.Error is HearthError.WrongState or HearthError.VolumeUnknown)
            {
                // A container has it, or it has gone meanwhile.
            }
        }

        return removed;
    }

    private static string PathOf(string name) => $"{Volumes}/{Uri.EscapeDataString(name)}";
}
