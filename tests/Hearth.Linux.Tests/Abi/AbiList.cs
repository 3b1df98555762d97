using Hearth.Linux.Tests.Abi.Lists;

namespace Hearth.Linux.Tests.Abi;

/// <summary>Everything that Hearth.Linux says about the kernel's interface, beside the C names. A new structure or constant goes here.</summary>
internal static class AbiList
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        .. CompressionEntries.All, .. DescriptorEntries.All, .. ErrnoEntries.All, .. FileEntries.All, .. FuseEntries.All, .. FuseRequestEntries.All, .. KernelEntries.All, .. MountEntries.All, .. NetworkEntries.All,
        .. ProcessEntries.All, .. ProcessorEntries.All, .. SocketEntries.All, .. TerminalEntries.All,
    ];

    /// <summary>Structures and enumerations of Hearth's own, which no system call sees.</summary>
    public static IReadOnlySet<string> OwnTypes { get; } = new HashSet<string>
    {
        "Processes.ProcessUsage", // Fields of a text in /proc, by their numbers in proc(5).
        "Compression.InflateResult", "Compression.InflateState", "Descriptors.EpollReport", "Files.FileIdentity", "Files.FileStatus", "Files.FileSystemStatus", "Files.NodeStatus", "Processes.NativeStringArray", "Processes.ProcessEnd",
        "Processors.TimeStamp", "Sockets.PassedDescriptor",
    };
}
