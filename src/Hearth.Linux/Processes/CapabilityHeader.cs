namespace Hearth.Linux.Processes;

/// <summary>struct __user_cap_header_struct.</summary>
internal struct CapabilityHeader
{
    /// <summary>_LINUX_CAPABILITY_VERSION_3: 64 capabilities in two <see cref="CapabilityWords"/>.</summary>
    internal const uint Version3 = 0x20080522;

    internal uint Version;
    internal int Pid;
}

/// <summary>struct __user_cap_data_struct: 32 capabilities of each set.</summary>
internal struct CapabilityWords
{
    internal uint Effective;
    internal uint Permitted;
    internal uint Inheritable;
}
