namespace Hearth.Containers;

/// <summary>The virtual machine monitor that a caller requests.</summary>
public enum VmmKind
{
    /// <summary>Firecracker if it can run the guest, else QEMU; the choice and its reason are reported.</summary>
    Auto,

    /// <summary>Firecracker, or a failure that names what the host lacks.</summary>
    Firecracker,

    Qemu,
}
