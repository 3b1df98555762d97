namespace Hearth.Linux.Processes;

/// <summary>Flags of unshare(2) and setns(2): CLONE numbers.</summary>
[Flags]
public enum NamespaceKinds
{
    None = 0,

    /// <summary>
    /// The thread's own root and working directory, without which one thread of many cannot enter a mount namespace.
    /// </summary>
    FileSystemContext = 0x00000200,
    Mount = 0x00020000,
    Cgroup = 0x02000000,
    HostName = 0x04000000,
    Ipc = 0x08000000,
    User = 0x10000000,
    Process = 0x20000000,
    Network = 0x40000000,
}
