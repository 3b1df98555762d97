namespace Hearth.ControlGroups;

/// <summary>The functions of control groups that a container needs: the kernel's controllers, with their names in cgroup v2.</summary>
[Flags]
internal enum Controllers
{
    None = 0,

    /// <summary>Processor time: weight and quota.</summary>
    Cpu = 1,

    /// <summary>Used processor time. It is a separate controller in v1; in v2 every group has it.</summary>
    CpuUsage = 2,

    /// <summary>The allowed processors and memory nodes.</summary>
    Cpuset = 4,
    Memory = 8,
    Pids = 16,

    /// <summary>Requests to block devices; v1 calls it blkio.</summary>
    Io = 32,

    /// <summary>Suspending processes. It is a separate controller in v1; in v2 every group has it.</summary>
    Freezer = 64,
}
