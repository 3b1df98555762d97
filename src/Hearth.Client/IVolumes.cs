using Hearth.Containers;
using Hearth.Records.Volumes;

namespace Hearth.Client;

/// <summary>The named volumes of a host: this one (<see cref="HostVolumes"/>), or one that is reached through its worker.</summary>
public interface IVolumes
{
    Task<IReadOnlyList<VolumeEntry>> ListAsync(CancellationToken cancellationToken = default);

    /// <exception cref="HearthException">There is no such volume.</exception>
    Task<VolumeEntry> FindAsync(string name, CancellationToken cancellationToken = default);

    Task CreateAsync(VolumeRequest request, CancellationToken cancellationToken = default);

    Task RemoveAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Removes volumes that no container has.</summary>
    /// <param name="includesNamed">False for those with generated names only.</param>
    /// <param name="selected">Which of them; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<VolumeEntry>> PruneAsync(bool includesNamed, Func<VolumeEntry, bool>? selected = null, CancellationToken cancellationToken = default);
}

/// <summary>What a new volume is to be.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">The most that it can hold; null for the store's default.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="IsAnonymous">Whether the name was generated.</param>
public sealed record VolumeRequest(string Name, ByteSize? Size, IReadOnlyDictionary<string, string> Labels, bool IsAnonymous);
