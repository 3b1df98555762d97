using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar;

/// <summary>
/// File systems whose files the kernel generates. Their sizes are meaningless, and reading all of them may never end or may
/// have side effects. Numbers from linux/magic.h.
/// </summary>
internal static class KernelFileSystems
{
    private static readonly ulong[] types =
    [
        0x9fa0, // proc
        0x62656572, // sysfs
        0x63677270, // cgroup2
        0x27e0eb, // cgroup
        0x1cd1, // devpts
        0x19800202, // mqueue
        0x64626720, // debugfs
        0x74726163, // tracefs
        0x73636673, // securityfs
        0xcafe4a11, // bpf
        0x6165676c, // pstore
        0x62656570, // configfs
    ];

    /// <summary>True if the node is on one of these file systems.</summary>
    internal static bool Hold(SafeFileHandle node) =>
        FileSystemStatus.TryInspect(node, out FileSystemStatus status) == Errno.None && types.Contains(status.Type);
}
