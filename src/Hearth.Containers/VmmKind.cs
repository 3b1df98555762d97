namespace Hearth.Containers;

/// <summary>The virtual machine monitor that a caller wants.</summary>
public enum VmmKind
{
    /// <summary>Firecracker where it can run the guest, else QEMU; which and why is told.</summary>
    Auto,

    /// <summary>Firecracker, or a failure that says what it lacks here.</summary>
    Firecracker,

    Qemu,
}
