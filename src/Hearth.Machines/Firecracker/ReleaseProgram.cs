using System.Diagnostics;
using System.Text.RegularExpressions;
using Hearth.Firecracker;
using Hearth.Linux.Processes;

namespace Hearth.Machines.Firecracker;

/// <summary>One of the two programs of a Firecracker release as it is on this host. It is asked for its version; no machine is started.</summary>
/// <param name="Path">Where it is; null where there is no program to start.</param>
/// <param name="Version">The release's number; null where it is not that program.</param>
/// <param name="Fault">What is wrong with it, in a clause; null where nothing is.</param>
/// <param name="Warnings">What is known against it: holes, or that it was never tried.</param>
public sealed partial record ReleaseProgram(string? Path, string? Version, string? Fault, IReadOnlyList<string> Warnings)
{
    /// <summary>What each begins its version with.</summary>
    private const string FirecrackerTitle = "Firecracker";
    private const string JailerTitle = "Jailer";

    /// <summary>A program that only prints its version is done at once.</summary>
    private static readonly TimeSpan answerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The releases that Hearth was tried with, the default first.</summary>
    public static IReadOnlyList<string> Tried => FirecrackerRelease.Tried;

    /// <summary>Looks at Firecracker: what <see cref="FirecrackerDriver.Variable"/> names, else the one in PATH.</summary>
    /// <param name="environment">The variables of this program.</param>
    public static ReleaseProgram InspectFirecracker(HostEnvironment environment)
    {
        ReleaseProgram found = Named(environment, FirecrackerDriver.Variable, FirecrackerTitle)
            ?? Ask(environment.FindProgram(FirecrackerDriver.ProgramName), FirecrackerTitle, $"there is no {FirecrackerDriver.ProgramName} in PATH, and {FirecrackerDriver.Variable} names none");
        return found.Version is { } version && !Tried.Contains(version)
            ? found with { Warnings = [$"Hearth was not tried with Firecracker {version}, but with {string.Join(" and ", Tried)}"] }
            : found;
    }

    /// <summary>Looks at the jailer: what <see cref="FirecrackerJailOptions.Variable"/> names, else the one beside Firecracker, else the one in PATH.</summary>
    /// <param name="environment">The variables of this program.</param>
    /// <param name="firecracker">Firecracker's file.</param>
    public static ReleaseProgram InspectJailer(HostEnvironment environment, string firecracker)
    {
        ReleaseProgram found = Named(environment, FirecrackerJailOptions.Variable, JailerTitle)
            ?? Ask(JailChecks.FindUnnamed(firecracker, environment), JailerTitle, $"there is no jailer beside {firecracker} or in PATH, and {FirecrackerJailOptions.Variable} names none");
        return found.Version is { } text && FirecrackerVersion.TryParse(text, out FirecrackerVersion? version)
            ? found with { Warnings = version.KnownHoles(jailed: true) }
            : found;
    }

    /// <returns>Null where the variable names nothing.</returns>
    private static ReleaseProgram? Named(HostEnvironment environment, string variable, string title)
    {
        string? name = environment.Find(variable);
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }

        if (environment.FindProgram(name) is not { } path)
        {
            return new ReleaseProgram(null, null, $"{variable} names '{name}', which {HostEnvironment.FaultOf(name)}", []);
        }

        ReleaseProgram found = Ask(path, title, missing: "");
        return found.Fault is { } fault ? found with { Fault = $"{variable} names {fault}" } : found;
    }

    private static ReleaseProgram Ask(string? path, string title, string missing)
    {
        if (path is null)
        {
            return new ReleaseProgram(null, null, missing, []);
        }

        string answer = Run(path);
        return FirstLine().Match(answer) is { Success: true } words && words.Groups["title"].Value == title
            ? new ReleaseProgram(path, words.Groups["version"].Value, null, [])
            : new ReleaseProgram(path, null, $"'{path}', which is no {(title == JailerTitle ? "jailer of Firecracker's" : title)}: it does not say its version as that does", []);
    }

    /// <returns>What it writes; empty where it cannot be started, or does not end.</returns>
    private static string Run(string path)
    {
        ProcessStartInfo start = new(path, ["--version"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> reading = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            bool hasAnswered = process.WaitForExit(answerTimeout) && reading.Wait(answerTimeout);
            if (!process.HasExited)
            {
                process.Kill();
            }

            return hasAnswered ? reading.Result : "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return ""; // For another processor, or no program at all.
        }
    }

    [GeneratedRegex(@"\A(?<title>Firecracker|Jailer) v?(?<version>\d+\.\d+\.\d+\S*)")]
    private static partial Regex FirstLine();
}
