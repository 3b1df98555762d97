using Microsoft.Win32.SafeHandles;

namespace Hearth.FileTree.Walking;

/// <summary>
/// A directory that waits to be listed. It is opened only then, from its parent's descriptor, which stays open until the
/// last of the children was: with the newest taken first, open descriptors grow with the tree's depth, not its width.
/// </summary>
/// <param name="parent">The directory that holds it; null for the root.</param>
/// <param name="name">Its name, NUL-terminated; empty for the root.</param>
/// <param name="listing">The number that its entries will have.</param>
/// <param name="isOnTheWay">Whether it is taken only for what lies beneath.</param>
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

    /// <summary>Gives up one use; the last one closes the descriptor.</summary>
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
