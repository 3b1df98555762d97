namespace Hearth.Machines;

/// <summary>The configuration of a machine, the same for every VMM.</summary>
public sealed record MachineConfiguration
{
    /// <summary>The machine's id, which names the VMM's process: 1 to 64 letters, digits and dashes, unique on this host.</summary>
    public required string Id { get; init; }

    /// <summary>An existing directory for the machine's sockets and logs; the caller owns and removes it.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>The path of an uncompressed ELF vmlinux.</summary>
    public required string KernelPath { get; init; }

    public required string InitramfsPath { get; init; }

    /// <summary>
    /// The caller's part of the kernel's command line. The driver adds the arguments for its machine (console, reboot, panic,
    /// clock).
    /// </summary>
    public IReadOnlyList<string> KernelArguments { get; init; } = [];

    /// <summary>The number of virtual processors, 1 to 32.</summary>
    public int VirtualCpus { get; init; } = 1;

    public int MemoryInMiB { get; init; } = 256;

    public IReadOnlyList<MachineDrive> Drives { get; init; } = [];

    /// <summary>The network interfaces, which the guest sees in this order: eth0, eth1, and so on.</summary>
    public IReadOnlyList<MachineNetworkInterface> NetworkInterfaces { get; init; } = [];

    /// <summary>
    /// The file of the network namespace in which the VMM runs and the taps are, such as /run/netns/NAME; null for the one of the
    /// thread that boots the machine.
    /// </summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>
    /// The file for the guest's console, the newest output at the end, of at most <see cref="ConsoleLogLimitInBytes"/>. Null to
    /// keep only the last lines in memory.
    /// </summary>
    public string? ConsoleLogPath { get; init; }

    public int ConsoleLogLimitInBytes { get; init; } = 1 << 20;

    /// <summary>How to confine the VMM; null to run it with the rights of this program.</summary>
    public MachineConfinement? Confinement { get; init; }

    /// <summary>The addresses of the channel between host and guest.</summary>
    public required MachineChannel Channel { get; init; }
}
