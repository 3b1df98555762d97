namespace Hearth.Machines;

/// <summary>Why a machine could not be configured, started or steered.</summary>
public enum MachineError
{
    /// <summary>The configuration is wrong: a missing file, a name that cannot be passed on, a size of zero.</summary>
    InvalidConfiguration,

    /// <summary>More drives and channels than the machine has slots for.</summary>
    TooManyDevices,

    /// <summary>The kernel, the initramfs and the least that a kernel needs to run do not fit into the memory asked for.</summary>
    MemoryTooSmall,

    /// <summary>The VMM's program is not there.</summary>
    VmmMissing,

    /// <summary>The VMM refused the machine or ended before it ran; its own words are in the message.</summary>
    VmmFailed,

    /// <summary>KVM was demanded and cannot be used.</summary>
    AcceleratorUnusable,

    /// <summary>The machine's state does not allow the act.</summary>
    WrongState,

    /// <summary>The machine ended while the act was under way.</summary>
    MachineEnded,

    /// <summary>The VMM did not answer a request in time: it is stopped or hangs. The machine is what it was, and can be ended.</summary>
    VmmSilent,

    /// <summary>The channel was opened before and this VMM has only one.</summary>
    ChannelTaken,
}
