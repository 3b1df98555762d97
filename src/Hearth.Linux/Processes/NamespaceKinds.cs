namespace Hearth.Linux.Processes;

/// <summary>unshare(2)'s and setns(2)'s flags: CLONE numbers.</summary>
[Flags]
public enum NamespaceKinds
{
    None = 0,

    /// <summary>Root and working directory of its own: what lets one thread of many enter a mount namespace.</summary>
    FileSystemContext = 0x00000200,
    Mount = 0x00020000,
    Cgroup = 0x02000000,
    HostName = 0x04000000,
    Ipc = 0x08000000,
    User = 0x10000000,
    Process = 0x20000000,
    Network = 0x40000000,
}
