using System.Diagnostics;

namespace Hearth.Machines.Tests.Support;

/// <summary>Programs of the host that make or judge files.</summary>
internal static class Tool
{
    /// <summary>Runs a program to its end; anything but status 0 fails the test with what it printed.</summary>
    internal static string Run(string program, params string[] arguments) => RunIn(Directory.GetCurrentDirectory(), "", program, arguments);

    /// <summary>The same in a directory, with a text as its standard input.</summary>
    internal static string RunIn(string directory, string input, string program, params string[] arguments)
    {
        ProcessStartInfo info = new(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(info)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result}{output}");
        return output;
    }
}
