using Microsoft.Win32.SafeHandles;

namespace Hearth.FileTree.Walking;

/// <summary>
/// A directory that waits to be listed. It is opened only when it is listed, from its parent's descriptor, which stays open
/// until the last child is opened. Since the newest directory is taken first, the number of open descriptors grows with the
/// tree's depth, not its width.
/// </summary>
/// <param name="parent">The directory that holds it; null for the root.</param>
/// <param name="name">Its name, NUL-terminated; empty for the root.</param>
/// <param name="listing">The number of its listing.</param>
/// <param name="isOnTheWay">Whether it is taken only if something beneath it is.</param>
internal sealed class PendingDirectory(PendingDirectory? parent, byte[] name, int listing, bool isOnTheWay)
{
    private int users = 1;

    public PendingDirectory? Parent => parent;

    /// <summary>NUL-terminated.</summary>
    public ReadOnlySpan<byte> Name => name;

    public int Listing => listing;

    public bool IsOnTheWay => isOnTheWay;

    /// <summary>Set once it is open; this object owns it.</summary>
    public SafeFileHandle? Descriptor { get; set; }

    public ulong Device { get; set; }

    /// <summary>Counts a child that will be opened from <see cref="Descriptor"/>.</summary>
    public void Use() => Interlocked.Increment(ref users);

    /// <summary>Ends one use; the last one closes the descriptor.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            Descriptor?.Dispose();
        }
    }

    /// <summary>The path below the root, of this directory or of a name in it.</summary>
    public byte[] PathOf(ReadOnlySpan<byte> child = default)
    {
        byte[] own = parent is null ? [] : parent.PathOf(name.AsSpan(0, name.Length - 1));
        return child.IsEmpty ? own : own.Length == 0 ? child.ToArray() : [.. own, (byte)'/', .. child];
    }
}
