using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>A node's descriptor in use: it stays open until this is disposed of, even if the table lets go of it meanwhile.</summary>
internal readonly ref struct NodeHold
{
    private readonly SafeFileHandle? descriptor;

    /// <param name="descriptor">Open; its count is raised here.</param>
    public NodeHold(SafeFileHandle descriptor)
    {
        bool isHeld = false;
        descriptor.DangerousAddRef(ref isHeld);
        this.descriptor = descriptor;
    }

    public SafeFileHandle Descriptor => descriptor!;

    public void Dispose() => descriptor?.DangerousRelease();
}
