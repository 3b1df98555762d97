using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>A file or directory that the guest has open. It belongs to the <see cref="HandleTable"/>.</summary>
internal sealed class OpenNode(Node node, SafeFileHandle file)
{
    public Node Node => node;

    public SafeFileHandle File => file;

    /// <summary>Guards a directory's position, which is the descriptor's.</summary>
    public Lock Listing { get; } = new();

    /// <summary>Where the next listing of a directory goes on by itself.</summary>
    public ulong Position { get; set; }
}
