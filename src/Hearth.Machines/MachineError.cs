namespace Hearth.Machines;

/// <summary>Why a machine could not be configured, started or controlled.</summary>
public enum MachineError
{
    /// <summary>The configuration is invalid: a missing file, an invalid name, a size of zero.</summary>
    InvalidConfiguration,

    /// <summary>The configuration has more drives, network interfaces and channels than the machine has slots.</summary>
    TooManyDevices,

    /// <summary>
    /// The kernel, the initramfs and the working memory that a kernel needs at least do not fit into the requested memory.
    /// </summary>
    MemoryTooSmall,

    /// <summary>The VMM's program, or one that it needs, is missing or not executable.</summary>
    VmmMissing,

    /// <summary>The VMM refused the machine or ended before it ran; the message contains the VMM's error text.</summary>
    VmmFailed,

    /// <summary>KVM is required and cannot be used.</summary>
    AcceleratorUnusable,

    /// <summary>The action is not legal in the machine's state.</summary>
    WrongState,

    /// <summary>The machine ended before or during the action.</summary>
    MachineEnded,

    /// <summary>
    /// The VMM did not answer a request in time: it is stopped or hangs. The machine's state is unchanged, and it can be killed.
    /// </summary>
    VmmSilent,

    /// <summary>The channel was opened before, and this VMM has only one.</summary>
    ChannelTaken,
}
