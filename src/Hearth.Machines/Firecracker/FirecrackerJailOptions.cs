using Hearth.Firecracker;

namespace Hearth.Machines.Firecracker;

/// <summary>How Firecracker's jailer confines machines that have a <see cref="MachineConfiguration.Confinement"/>.</summary>
public sealed record FirecrackerJailOptions
{
    /// <summary>The environment variable that names the jailer's file.</summary>
    public const string Variable = "HEARTH_JAILER";

    /// <summary>The environment variable that names the directory of jails.</summary>
    public const string BaseVariable = "HEARTH_JAIL_BASE";

    public const string DefaultBaseDirectory = JailerCommand.DefaultBaseDirectory;

    /// <summary>The jailer's file or name; null for what <see cref="Variable"/> names, else the one beside Firecracker, else the one in PATH.</summary>
    public string? Program { get; init; }

    /// <summary>Where jails stand, a directory each; on a file system that is mounted neither noexec nor nodev.</summary>
    public string BaseDirectory { get; init; } = DefaultBaseDirectory;

    /// <summary>A network namespace for Firecracker, such as /run/netns/NAME; null to leave it in this program's.</summary>
    public string? NetworkNamespacePath { get; init; }
}
