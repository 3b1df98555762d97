using Hearth.Firecracker;

namespace Hearth.Machines.Firecracker;

/// <summary>The options of Firecracker's jailer, for machines with a <see cref="MachineConfiguration.Confinement"/>.</summary>
public sealed record FirecrackerJailOptions
{
    /// <summary>The environment variable with the path of the jailer's file.</summary>
    public const string Variable = "HEARTH_JAILER";

    /// <summary>The environment variable with the path of the directory of jails.</summary>
    public const string BaseVariable = "HEARTH_JAIL_BASE";

    public const string DefaultBaseDirectory = JailerCommand.DefaultBaseDirectory;

    /// <summary>
    /// The jailer's file or name. Null for the value of <see cref="Variable"/>, else the one beside Firecracker, else the one in
    /// PATH.
    /// </summary>
    public string? Program { get; init; }

    /// <summary>The directory with a subdirectory for each jail, on a file system that is mounted neither noexec nor nodev.</summary>
    public string BaseDirectory { get; init; } = DefaultBaseDirectory;
}
