namespace Hearth.Machines;

/// <summary>What a machine is made of, the same for every VMM.</summary>
public sealed record MachineConfiguration
{
    /// <summary>1 to 64 letters, digits and dashes, unique on this host: it names the VMM's process.</summary>
    public required string Id { get; init; }

    /// <summary>An existing directory for the machine's sockets and logs; the caller owns and removes it.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>An uncompressed ELF vmlinux.</summary>
    public required string KernelPath { get; init; }

    public required string InitramfsPath { get; init; }

    /// <summary>The caller's part of the kernel's command line; the driver adds what belongs to its machine (console, reboot, panic, clock).</summary>
    public IReadOnlyList<string> KernelArguments { get; init; } = [];

    /// <summary>Virtual processors, 1 to 32.</summary>
    public int VirtualCpus { get; init; } = 1;

    public int MemoryInMiB { get; init; } = 256;

    public IReadOnlyList<MachineDrive> Drives { get; init; } = [];

    /// <summary>Where the guest's console goes, newest at the end, at most <see cref="ConsoleLogLimitInBytes"/>; null to keep only the tail in memory.</summary>
    public string? ConsoleLogPath { get; init; }

    public int ConsoleLogLimitInBytes { get; init; } = 1 << 20;

    /// <summary>Null to leave the VMM this program's own rights.</summary>
    public MachineConfinement? Confinement { get; init; }

    /// <summary>What host and guest know the channel by.</summary>
    public required MachineChannel Channel { get; init; }
}
