using Hearth.Firecracker;
using Hearth.Linux.Processes;

namespace Hearth.Machines.Firecracker;

/// <summary>Checks that are possible before a jail is created.</summary>
internal static class JailChecks
{
    private const string MountTable = "/proc/self/mountinfo";
    private const int MountPointField = 4;
    private const int OptionsField = 5;
    private static readonly string[] Hindrances = ["noexec", "nodev"];

    /// <summary>Finds the jailer's file.</summary>
    /// <param name="options">The options, which may name the file.</param>
    /// <param name="firecracker">Firecracker's file; a release has the jailer beside it.</param>
    /// <param name="environment">The environment variables of this program.</param>
    /// <exception cref="MachineException">The jailer does not exist or is not executable.</exception>
    internal static string FindProgram(FirecrackerJailOptions options, string firecracker, HostEnvironment environment)
    {
        string? named = options.Program
            ?? (environment.Find(FirecrackerJailOptions.Variable) is { Length: > 0 } value ? value : null);
        return (named is null ? FindUnnamed(firecracker, environment) : environment.FindProgram(named)) ?? throw new MachineException(
            MachineError.VmmMissing,
            $"the program {named ?? JailerCommand.ProgramName} {HostEnvironment.FaultOf(named ?? JailerCommand.ProgramName)}: install Firecracker's jailer {FirecrackerRelease.Version} beside Firecracker, set {FirecrackerJailOptions.Variable}, or run without the confinement (--no-jailer)");
    }

    /// <summary>Finds the jailer beside Firecracker, else the one in PATH; null if there is none.</summary>
    internal static string? FindUnnamed(string firecracker, HostEnvironment environment) =>
        JailerCommand.PathsBeside(firecracker).Append(JailerCommand.ProgramName).Select(environment.FindProgram).FirstOrDefault(found => found is not null);

    /// <exception cref="MachineException">A requirement is not met; the message describes the first one.</exception>
    internal static void Check(FirecrackerOptions options, FirecrackerJailOptions jail, string firecracker)
    {
        Demand(
            Path.GetFileName(firecracker).Contains(JailerCommand.NamePart, StringComparison.Ordinal),
            $"the jailer accepts only programs with '{JailerCommand.NamePart}' in their name: rename {firecracker}");
        Demand(
            options.LogPath is null && options.MetricsPath is null,
            "a jailed Firecracker cannot write to a log or metrics file outside its jail: use no such files, or no confinement");
        string path = Path.GetFullPath(jail.BaseDirectory);
        (string mountPoint, string[] flags) = MountOf(path, File.ReadLines(MountTable));
        string? hindrance = Array.Find(Hindrances, flags.Contains);
        Demand(
            hindrance is null,
            $"cannot create jails in {path}: {mountPoint} is mounted {hindrance}; name another directory (--jail-base), or remount it");
    }

    /// <summary>
    /// Finds the mount of a path in the lines of /proc/self/mountinfo: the longest mount point, and of equal ones the last.
    /// </summary>
    internal static (string MountPoint, string[] Options) MountOf(string path, IEnumerable<string> lines)
    {
        (string MountPoint, string[] Options) found = ("/", []);
        foreach (string[] fields in lines.Select(line => line.Split(' ')))
        {
            string mountPoint = fields[MountPointField].Replace("\\040", " ", StringComparison.Ordinal);
            bool holds = mountPoint == "/" || path == mountPoint || path.StartsWith(mountPoint + "/", StringComparison.Ordinal);
            if (holds && mountPoint.Length >= found.MountPoint.Length)
            {
                found = (mountPoint, fields[OptionsField].Split(','));
            }
        }

        return found;
    }

    private static void Demand(bool met, string message)
    {
        if (!met)
        {
            throw new MachineException(MachineError.InvalidConfiguration, message);
        }
    }
}
