using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>A file or directory that the guest has open. It belongs to the <see cref="HandleTable"/>.</summary>
internal sealed class OpenNode(Node node, SafeFileHandle file)
{
    public Node Node => node;

    public SafeFileHandle File => file;

    /// <summary>The lock of a directory's position, which belongs to the descriptor.</summary>
    public Lock Listing { get; } = new();

    /// <summary>The position at which the next listing of a directory continues without a seek.</summary>
    public ulong Position { get; set; }
}
