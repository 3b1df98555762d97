namespace Hearth.Machines.Firecracker;

/// <summary>The options for Firecracker in addition to a <see cref="MachineConfiguration"/>.</summary>
public sealed record FirecrackerOptions
{
    /// <summary>
    /// True to give guests a serial console even without a <see cref="MachineConfiguration.ConsoleLogPath"/>. Every character on
    /// it costs the guest an exit to the VMM, so there is none by default. Without it, the kernel's messages are lost, and a
    /// panic looks like an orderly end.
    /// </summary>
    public bool SerialConsole { get; init; }

    /// <summary>
    /// True to use any KVM, even one that is not known to run ordinary kernels; see <see cref="KvmSupport"/>.
    /// </summary>
    public bool TrustKvm { get; init; }

    /// <summary>The jailer's options, for machines with a <see cref="MachineConfiguration.Confinement"/>; null for the defaults.</summary>
    public FirecrackerJailOptions? Jail { get; init; }

    /// <summary>The file for Firecracker's own log, the newest lines at the end; null to log to its standard output.</summary>
    public string? LogPath { get; init; }

    /// <summary>The file for Firecracker's counters, one JSON object a line, the newest at the end; null for none.</summary>
    public string? MetricsPath { get; init; }

    /// <summary>The largest size of each of the two files; when one is full, its older half is removed.</summary>
    public int LogLimitInBytes { get; init; } = 1 << 20;
}
