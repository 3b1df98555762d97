using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>A reference to a node's descriptor: it stays open until this is disposed, even if the table closes it.</summary>
internal readonly ref struct NodeHold
{
    private readonly SafeFileHandle? descriptor;

    /// <param name="descriptor">An open descriptor; this constructor increments its reference count.</param>
    public NodeHold(SafeFileHandle descriptor)
    {
        bool isHeld = false;
        descriptor.DangerousAddRef(ref isHeld);
        this.descriptor = descriptor;
    }

    public SafeFileHandle Descriptor => descriptor!;

    public void Dispose() => descriptor?.DangerousRelease();
}
