using Hearth.Records.Volumes;

namespace Hearth.Client;

/// <summary>The named volumes of this host.</summary>
public sealed class HostVolumes(VolumeStore store) : IVolumes
{
    public Task<IReadOnlyList<VolumeEntry>> ListAsync(CancellationToken cancellationToken = default) => Task.FromResult(store.List());

    public Task<VolumeEntry> FindAsync(string name, CancellationToken cancellationToken = default) => Task.FromResult(store.Find(name));

    public Task CreateAsync(VolumeRequest request, CancellationToken cancellationToken = default) =>
        store.CreateAsync(request.Name, request.Size, request.Labels, request.IsAnonymous, options: null, cancellationToken);

    public Task RemoveAsync(string name, CancellationToken cancellationToken = default)
    {
        store.Remove(name);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<VolumeEntry>> PruneAsync(bool includesNamed, Func<VolumeEntry, bool>? selected = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(store.Prune(includesNamed, selected));
}
