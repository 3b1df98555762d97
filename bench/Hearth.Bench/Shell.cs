using System.Diagnostics;

namespace Hearth.Bench;

/// <summary>Runs other programs; a failure is an exception with what they printed.</summary>
internal static class Shell
{
    /// <summary>Runs a program to its end and gives its standard output.</summary>
    /// <exception cref="InvalidOperationException">It could not be started, or ended with a status other than 0.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result}{output}");
        }

        return output;
    }

    /// <summary>Starts a program with its three streams redirected.</summary>
    public static Process Start(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(info) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Runs a program and gives its peak resident size in bytes, as GNU time reports it.</summary>
    public static long PeakResidentBytes(string program, params string[] arguments)
    {
        string report = Path.GetTempFileName();
        try
        {
            Run("/usr/bin/time", ["-f", "%M", "-o", report, program, .. arguments]);
            return long.Parse(File.ReadAllText(report).Trim()) * 1024;
        }
        finally
        {
            File.Delete(report);
        }
    }
}
