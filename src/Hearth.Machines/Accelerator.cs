namespace Hearth.Machines;

/// <summary>What runs a guest's instructions.</summary>
public enum Accelerator
{
    /// <summary>KVM where it boots ordinary kernels, else TCG.</summary>
    Auto,

    /// <summary>QEMU's own translation: works everywhere, several times slower.</summary>
    Tcg,

    /// <summary>The processor itself; demanded, so that a machine fails where it cannot be had.</summary>
    Kvm,
}
