using System.Globalization;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// What a jailed Firecracker may use of the host, where that has cgroup v2 with the controllers: the guest's memory and what
/// Firecracker itself takes, as much processor time as the guest has processors, and few threads. v1 hierarchies are left
/// alone: the jailer would need one group in each.
/// </summary>
internal sealed class JailLimits
{
    private const string Hierarchy = "/sys/fs/cgroup";
    private const string Parent = "hearth";

    /// <summary>Firecracker promises 5 MiB; the rest is page cache that it causes, and room.</summary>
    private const long OverheadBytes = 64L << 20;

    /// <summary>Firecracker's own threads besides one a processor: VMM, API, and io_uring's workers.</summary>
    private const int OwnThreads = 32;

    private const int PeriodInMicroseconds = 100_000;
    private static readonly string[] Controllers = ["cpu", "memory", "pids"];

    private readonly MachineConfiguration machine;

    private JailLimits(MachineConfiguration machine) => this.machine = machine;

    internal string Description => $"cgroup limits: {MemoryBytes >> 20} MiB, {machine.VirtualCpus} processors, {machine.VirtualCpus + OwnThreads} threads";

    /// <summary>The jailer's arguments.</summary>
    internal IReadOnlyList<string> Arguments =>
    [
        "--cgroup-version", "2",
        "--parent-cgroup", Parent,
        "--cgroup", $"memory.max={Number(MemoryBytes)}",
        "--cgroup", $"cpu.max={Number((long)machine.VirtualCpus * PeriodInMicroseconds)} {Number(PeriodInMicroseconds)}",
        "--cgroup", $"pids.max={Number(machine.VirtualCpus + OwnThreads)}",
    ];

    private long MemoryBytes => ((long)machine.MemoryInMiB << 20) + OverheadBytes;

    /// <returns>Null where the host's unified hierarchy lacks a controller.</returns>
    internal static JailLimits? Find(MachineConfiguration machine)
    {
        string file = Path.Combine(Hierarchy, "cgroup.controllers");
        return File.Exists(file) && Controllers.All(File.ReadAllText(file).Split(' ', '\n').Contains) ? new JailLimits(machine) : null;
    }

    /// <summary>A machine's group on this host, there or not.</summary>
    internal static string PathOf(string machineId) => Path.Combine(Hierarchy, Parent, machineId);

    /// <summary>Removes the group, which has no processes any more.</summary>
    internal void Remove()
    {
        if (Directory.Exists(PathOf(machine.Id)))
        {
            Directory.Delete(PathOf(machine.Id));
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
