namespace Hearth.Machines.Firecracker;

/// <summary>What Firecracker can be told beyond a <see cref="MachineConfiguration"/>.</summary>
public sealed record FirecrackerOptions
{
    /// <summary>
    /// True to give guests a serial console where no <see cref="MachineConfiguration.ConsoleLogPath"/> asks for one. Every
    /// character on it costs the guest an exit, so there is none by default; then nothing is known of what a guest's kernel
    /// says, and a panic cannot be told from an orderly end.
    /// </summary>
    public bool SerialConsole { get; init; }

    /// <summary>True to demand KVM as it is, where it would not be trusted to run ordinary kernels; see <see cref="KvmSupport"/>.</summary>
    public bool TrustKvm { get; init; }

    /// <summary>How machines with a <see cref="MachineConfiguration.Confinement"/> are jailed; null for the defaults.</summary>
    public FirecrackerJailOptions? Jail { get; init; }

    /// <summary>Where Firecracker's own log goes, newest at the end; null to leave it among what it says on its standard output.</summary>
    public string? LogPath { get; init; }

    /// <summary>Where its counters go, one JSON object a line, newest at the end; null for nowhere.</summary>
    public string? MetricsPath { get; init; }

    /// <summary>What each of the two files may hold; when it is full, its older half goes.</summary>
    public int LogLimitInBytes { get; init; } = 1 << 20;
}
