using Microsoft.Win32.SafeHandles;

namespace Hearth.DiskImages.Content;

/// <summary>
/// A cache of a bounded number of open files. It consists of small sets: each file belongs to one set, and a set evicts its
/// least recently used file. Finding an open file takes no lock. Adding one locks only its set, and never while a file is
/// being opened, so a slow source delays only the readers that wait for it.
/// </summary>
internal sealed class OpenFileCache : IDisposable
{
    private const int FilesPerSet = 8;

    private readonly int filesPerSet;
    private readonly OpenFile?[] places;
    private readonly FileSet[] sets;

    public OpenFileCache(int mostOpenFiles)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mostOpenFiles, 1);
        filesPerSet = Math.Min(FilesPerSet, mostOpenFiles);
        sets = new FileSet[mostOpenFiles / filesPerSet];
        places = new OpenFile?[sets.Length * filesPerSet];
        for (int i = 0; i < sets.Length; i++)
        {
            sets[i] = new FileSet();
        }
    }

    /// <summary>The number of files in the cache.</summary>
    public int Count => places.Count(file => file is not null);

    /// <summary>The file if it is open; the caller releases it after use (<see cref="OpenFile.Release"/>).</summary>
    public OpenFile? TryTake(int node)
    {
        int set = SetOf(node);
        foreach (ref OpenFile? place in PlacesOf(set))
        {
            if (Volatile.Read(ref place) is { } file && file.Node == node && file.TryHold())
            {
                file.LastUse = Volatile.Read(ref sets[set].Generation);
                return file;
            }
        }

        return null;
    }

    /// <summary>
    /// Takes ownership of a descriptor, or closes it if another reader has added the file first. If all places of the set are
    /// in use, the file is not cached, and closes when the caller releases it.
    /// </summary>
    public OpenFile Add(int node, SafeFileHandle handle)
    {
        int set = SetOf(node);
        lock (sets[set])
        {
            if (TryTake(node) is { } known)
            {
                handle.Dispose();
                return known;
            }

            var file = new OpenFile(node, handle) { LastUse = ++sets[set].Generation };
            int place = TryFree(set);
            if (place >= 0 && file.TryHold())
            {
                Volatile.Write(ref places[place], file);
            }

            return file;
        }
    }

    /// <summary>Removes a file that has changed; readers that hold it keep it until they are done.</summary>
    public void Remove(OpenFile file)
    {
        int set = SetOf(file.Node);
        lock (sets[set])
        {
            foreach (ref OpenFile? place in PlacesOf(set))
            {
                if (place == file)
                {
                    Volatile.Write(ref place, null);
                    file.Release();
                }
            }
        }
    }

    public void Dispose()
    {
        for (int i = 0; i < places.Length; i++)
        {
            if (Volatile.Read(ref places[i]) is { } file)
            {
                Remove(file);
            }
        }
    }

    /// <summary>An empty place of the set, if necessary made by closing its least recently used file; -1 if there is none.</summary>
    private int TryFree(int set)
    {
        Span<OpenFile?> own = PlacesOf(set);
        int empty = own.IndexOf((OpenFile?)null);
        if (empty >= 0)
        {
            return (set * filesPerSet) + empty;
        }

        // If a reader takes the chosen file before it is closed, the file stays and the next oldest is tried.
        Span<bool> refused = stackalloc bool[FilesPerSet];
        for (int tries = 0; tries < own.Length; tries++)
        {
            int oldest = OldestOf(own, refused);
            if (own[oldest]!.TryClose())
            {
                Volatile.Write(ref own[oldest], null);
                return (set * filesPerSet) + oldest;
            }

            refused[oldest] = true;
        }

        return -1;
    }

    /// <summary>Generations wrap around, so their difference is compared.</summary>
    private static int OldestOf(Span<OpenFile?> files, Span<bool> refused)
    {
        int oldest = -1;
        for (int i = 0; i < files.Length; i++)
        {
            if (!refused[i] && (oldest < 0 || files[i]!.LastUse - files[oldest]!.LastUse < 0))
            {
                oldest = i;
            }
        }

        return oldest;
    }

    private Span<OpenFile?> PlacesOf(int set) => places.AsSpan(set * filesPerSet, filesPerSet);

    /// <summary>Neighbours in a tree are often read together: Fibonacci hashing spreads them over different sets.</summary>
    private int SetOf(int node) => (int)((ulong)((uint)node * 2654435769u) * (uint)sets.Length >> 32);

    /// <summary>The lock of a set, and how many files were added to it.</summary>
    private sealed class FileSet
    {
        public int Generation;
    }
}
