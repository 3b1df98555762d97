using Microsoft.Win32.SafeHandles;

namespace Hearth.DiskImages.Content;

/// <summary>
/// A reference-counted open file. Its owners are the cache, and each reader during its read. The last owner to release it
/// closes it, so no descriptor is closed, or reused for another file, during a read.
/// </summary>
internal sealed class OpenFile(int node, SafeFileHandle handle)
{
    private int owners = 1;

    public int Node => node;

    public SafeFileHandle Handle => handle;

    /// <summary>The generation of its set at its last use.</summary>
    public int LastUse { get; set; }

    /// <summary>Adds an owner, unless the file is closed already.</summary>
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

    public void Release()
    {
        if (Interlocked.Decrement(ref owners) == 0)
        {
            handle.Dispose();
        }
    }
}
