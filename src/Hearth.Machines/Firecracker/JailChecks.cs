using Hearth.Firecracker;
using Hearth.Linux.Processes;

namespace Hearth.Machines.Firecracker;

/// <summary>What can be known of a jail before it is made.</summary>
internal static class JailChecks
{
    private const string MountTable = "/proc/self/mountinfo";
    private const int MountPointField = 4;
    private const int OptionsField = 5;
    private static readonly string[] Hindrances = ["noexec", "nodev"];

    /// <summary>The jailer's file.</summary>
    /// <param name="options">Where the caller says it is.</param>
    /// <param name="firecracker">Firecracker's file, beside which it stands in a release.</param>
    /// <param name="environment">The variables of this program.</param>
    /// <exception cref="MachineException">It is not there.</exception>
    internal static string FindProgram(FirecrackerJailOptions options, string firecracker, HostEnvironment environment)
    {
        string? named = options.Program
            ?? (environment.Find(FirecrackerJailOptions.Variable) is { Length: > 0 } value ? value : null);
        return (named is null ? FindUnnamed(firecracker, environment) : environment.FindProgram(named)) ?? throw new MachineException(
            MachineError.VmmMissing,
            $"The program {named ?? JailerCommand.ProgramName} {HostEnvironment.FaultOf(named ?? JailerCommand.ProgramName)}: install Firecracker's jailer {FirecrackerRelease.Version} beside Firecracker, name its file in {FirecrackerJailOptions.Variable}, or leave the confinement out (--no-jailer).");
    }

    /// <summary>The jailer beside Firecracker, else the one in PATH; null where there is none.</summary>
    internal static string? FindUnnamed(string firecracker, HostEnvironment environment) =>
        JailerCommand.PathsBeside(firecracker).Append(JailerCommand.ProgramName).Select(environment.FindProgram).FirstOrDefault(found => found is not null);

    /// <exception cref="MachineException">The first thing that is wrong.</exception>
    internal static void Check(FirecrackerOptions options, FirecrackerJailOptions jail, string firecracker)
    {
        Demand(
            Path.GetFileName(firecracker).Contains(JailerCommand.NamePart, StringComparison.Ordinal),
            $"The jailer takes no program without '{JailerCommand.NamePart}' in its name, such as {firecracker}: rename it.");
        Demand(
            options.LogPath is null && options.MetricsPath is null,
            "A jailed Firecracker has no way to a log or metrics file outside its jail: leave them out, or the confinement.");
        Demand(
            jail.NetworkNamespacePath is null || File.Exists(jail.NetworkNamespacePath),
            $"There is no network namespace {jail.NetworkNamespacePath}.");
        string path = Path.GetFullPath(jail.BaseDirectory);
        (string mountPoint, string[] flags) = MountOf(path, File.ReadLines(MountTable));
        string? hindrance = Array.Find(Hindrances, flags.Contains);
        Demand(
            hindrance is null,
            $"Jails cannot stand in {path}: {mountPoint} is mounted {hindrance}, and a jail holds a program and devices. Name another place (--jail-base), or remount it.");
    }

    /// <summary>The mount that a path is on, by the lines of /proc/self/mountinfo: the last of the longest.</summary>
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
