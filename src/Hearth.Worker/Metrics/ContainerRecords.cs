using System.Collections.Concurrent;
using Hearth.Containers;

namespace Hearth.Worker.Metrics;

/// <summary>The records of all containers. A record is read again only after one of its files was written.</summary>
internal sealed class ContainerRecords(Engine engine)
{
    /// <summary>Two writes within a tick of the kernel's clock have the same time.</summary>
    private static readonly TimeSpan sameTime = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, (DateTime Written, Container Container)> known = new();

    public IReadOnlyList<Container> Read()
    {
        string directory = engine.Options.Directories.Records;
        HashSet<string> found = Directory.Exists(directory) ? [.. Directory.EnumerateDirectories(directory).Select(path => Path.GetFileName(path))] : [];
        foreach (string gone in known.Keys.Where(id => !found.Contains(id)))
        {
            known.TryRemove(gone, out _);
        }

        return [.. found.Select(TryRead).OfType<Container>()];
    }

    private Container? TryRead(string id)
    {
        string directory = engine.Containers.Store.DirectoryOf(id);

        // Files are replaced, which changes the directory's time.
        DateTime written = Directory.GetLastWriteTimeUtc(directory);
        if (known.TryGetValue(id, out (DateTime Written, Container Container) last) && last.Written == written)
        {
            return last.Container;
        }

        try
        {
            if (engine.Containers.Store.TryRead(id) is not { } container)
            {
                return null;
            }

            if (engine.Clock.GetUtcNow() - written > sameTime)
            {
                known[id] = (written, container);
            }

            return container;
        }
        catch (HearthException)
        {
            return null; // A damaged record: 'hearth ps' says so.
        }
    }
}
