namespace Hearth.Machines;

/// <summary>How a guest's instructions are executed.</summary>
public enum Accelerator
{
    /// <summary>KVM if it boots ordinary kernels, else TCG.</summary>
    Auto,

    /// <summary>QEMU's emulation: works everywhere, several times slower.</summary>
    Tcg,

    /// <summary>KVM is required: a machine fails if it is not available.</summary>
    Kvm,
}
