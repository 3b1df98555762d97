using Microsoft.Win32.SafeHandles;

namespace Hearth.DiskImages.Content;

/// <summary>
/// An open file with as many owners as hold it: the cache, and each reader for the length of its read. Who lets it go
/// last closes it, so no descriptor is closed, or taken by another file, under a reader.
/// </summary>
internal sealed class OpenFile(int node, SafeFileHandle handle)
{
    private int owners = 1;

    public int Node => node;

    public SafeFileHandle Handle => handle;

    /// <summary>The generation of its set in which it was used last.</summary>
    public int LastUse { get; set; }

    /// <summary>Becomes one more owner, unless the file was closed meanwhile.</summary>
    public bool TryHold()
    {
        int seen = Volatile.Read(ref owners);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref owners, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Closes the file if the cache is its only owner.</summary>
    public bool TryClose()
    {
        if (Interlocked.CompareExchange(ref owners, 0, 1) != 1)
        {
            return false;
        }

        handle.Dispose();
        return true;
    }

    public void LetGo()
    {
        if (Interlocked.Decrement(ref owners) == 0)
        {
            handle.Dispose();
        }
    }
}
