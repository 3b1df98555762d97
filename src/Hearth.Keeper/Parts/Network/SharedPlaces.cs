using System.Collections.Concurrent;
using System.Text.Json;
using Hearth.Containers;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The places of running containers in this container's networks. A file that has not changed is not read again, so a question costs a
/// look at each container's file. A damaged file is another container's fault and hides that one alone.
/// </summary>
/// <param name="directories">The directories of the containers.</param>
/// <param name="clock">The host's time, which files have too.</param>
/// <param name="networks">The names of this container's networks.</param>
internal sealed class SharedPlaces(HearthDirectories directories, TimeProvider clock, IReadOnlyCollection<string> networks)
{
    /// <summary>A file may change twice within one tick of the kernel's clock, which is at most 10 ms.</summary>
    private static readonly TimeSpan settled = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Entry> known = new();

    /// <summary>All places, also of containers that have just ended: see <see cref="IsAlive"/>.</summary>
    /// <exception cref="IOException">A file cannot be read: the answer would lack something.</exception>
    public IReadOnlyList<(string Id, NetworkPlace Place)> List()
    {
        string[] ids = Directory.Exists(directories.Containers)
            ? [.. Directory.EnumerateDirectories(directories.Containers).Select(path => Path.GetFileName(path)).Where(id => ContainerId.TryParse(id, out _))]
            : [];
        foreach (string gone in known.Keys.Except(ids))
        {
            known.TryRemove(gone, out _);
        }

        return [.. from id in ids from place in Read(id)?.Places ?? [] select (id, place)];
    }

    /// <summary>Whether the keeper of a container of <see cref="List"/> is alive.</summary>
    public bool IsAlive(string id) => Read(id)?.Owner.IsAlive == true;

    private Entry? Read(string id)
    {
        FileInfo file = new(Path.Combine(directories.Containers, id, RunDirectory.ResourcesFile));
        if (!file.Exists)
        {
            return null;
        }

        (DateTime Written, long Length) version = (file.LastWriteTimeUtc, file.Length);
        if (known.TryGetValue(id, out Entry? entry) && entry.Version == version)
        {
            return entry;
        }

        Entry? read = Parse(file.FullName, version);
        if (read is not null && clock.GetUtcNow() - version.Written > settled)
        {
            known[id] = read;
        }

        return read;
    }

    private Entry? Parse(string path, (DateTime Written, long Length) version)
    {
        try
        {
            return RunResources.Parse(File.ReadAllBytes(path)) is { } resources
                ? new Entry(version, resources.Owner, [.. resources.Networks.Where(place => networks.Contains(place.Network))])
                : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    private sealed record Entry((DateTime Written, long Length) Version, ProcessIdentity Owner, NetworkPlace[] Places);
}
