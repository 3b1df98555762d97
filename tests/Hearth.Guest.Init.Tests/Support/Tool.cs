using System.Diagnostics;

namespace Hearth.Guest.Init.Tests.Support;

/// <summary>Runs a program of the host to its end.</summary>
internal static class Tool
{
    /// <summary>Anything but status 0 fails the test with what the program printed.</summary>
    internal static string Run(string directory, string program, params string[] arguments)
    {
        ProcessStartInfo info = new(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(info)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}{error.Result}");
        return output;
    }
}
