using System.Diagnostics;
using System.Text.RegularExpressions;
using Hearth.Firecracker;
using Hearth.Linux.Processes;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// One of the two programs of a Firecracker release on this host. It is run once to print its version; no machine is started.
/// </summary>
/// <param name="Path">The program's path; null if there is no program to start.</param>
/// <param name="Version">The release number; null if the file is not the expected program.</param>
/// <param name="Fault">The fault of the program, as a clause; null if there is none.</param>
/// <param name="Warnings">Known vulnerabilities, or a note that Hearth was not tested with this release.</param>
public sealed partial record ReleaseProgram(string? Path, string? Version, string? Fault, IReadOnlyList<string> Warnings)
{
    /// <summary>The text with which each program begins its version.</summary>
    private const string FirecrackerTitle = "Firecracker";
    private const string JailerTitle = "Jailer";

    /// <summary>The timeout of a program that prints its version, which takes milliseconds.</summary>
    private static readonly TimeSpan answerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The releases with which Hearth was tested, the default first.</summary>
    public static IReadOnlyList<string> Tried => FirecrackerRelease.Tried;

    /// <summary>Inspects Firecracker: the file in <see cref="FirecrackerDriver.Variable"/>, else the one in PATH.</summary>
    /// <param name="environment">The environment variables of this program.</param>
    public static ReleaseProgram InspectFirecracker(HostEnvironment environment)
    {
        ReleaseProgram found = Named(environment, FirecrackerDriver.Variable, FirecrackerTitle)
            ?? Ask(
                environment.FindProgram(FirecrackerDriver.ProgramName),
                FirecrackerTitle,
                $"there is no {FirecrackerDriver.ProgramName} in PATH, and {FirecrackerDriver.Variable} is not set");
        return found.Version is { } version && !Tried.Contains(version)
            ? found with { Warnings = [$"Hearth was not tested with Firecracker {version}, but with {string.Join(" and ", Tried)}"] }
            : found;
    }

    /// <summary>
    /// Inspects the jailer: the file in <see cref="FirecrackerJailOptions.Variable"/>, else the one beside Firecracker, else the
    /// one in PATH.
    /// </summary>
    /// <param name="environment">The environment variables of this program.</param>
    /// <param name="firecracker">Firecracker's file.</param>
    public static ReleaseProgram InspectJailer(HostEnvironment environment, string firecracker)
    {
        ReleaseProgram found = Named(environment, FirecrackerJailOptions.Variable, JailerTitle)
            ?? Ask(
                JailChecks.FindUnnamed(firecracker, environment),
                JailerTitle,
                $"there is no jailer beside {firecracker} or in PATH, and {FirecrackerJailOptions.Variable} is not set");
        return found.Version is { } text && FirecrackerVersion.TryParse(text, out FirecrackerVersion? version)
            ? found with { Warnings = version.KnownHoles(jailed: true) }
            : found;
    }

    /// <returns>Null if the variable is not set or empty.</returns>
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
            : new ReleaseProgram(
                path,
                null,
                $"'{path}', which is no {(title == JailerTitle ? "jailer of Firecracker's" : title)}: it does not print the version of one",
                []);
    }

    /// <returns>The program's output; empty if it cannot be started or does not end.</returns>
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
            return ""; // The file is for another processor architecture, or it is not a program.
        }
    }

    [GeneratedRegex(@"\A(?<title>Firecracker|Jailer) v?(?<version>\d+\.\d+\.\d+\S*)")]
    private static partial Regex FirstLine();
}
