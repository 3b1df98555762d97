namespace Hearth.ControlGroups;

/// <summary>What control groups control of what a container needs; the kernel's controllers, by what they are called in cgroup v2.</summary>
[Flags]
internal enum Controllers
{
    None = 0,

    /// <summary>Processor time: weight and quota.</summary>
    Cpu = 1,

    /// <summary>Processor time that was used. A controller of its own in v1; in v2 every group has it.</summary>
    CpuUsage = 2,

    /// <summary>Which processors and memory nodes.</summary>
    Cpuset = 4,
    Memory = 8,
    Pids = 16,

    /// <summary>Requests to block devices; v1 calls it blkio.</summary>
    Io = 32,

    /// <summary>Standing still. A controller of its own in v1; in v2 every group can.</summary>
    Freezer = 64,
}
