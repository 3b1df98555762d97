using System.Diagnostics;
using Hearth.Fuse.Tests.Support;

namespace Hearth.Shares.Tests.Support;

/// <summary>Runs shell scripts, in processes of their own as all use of a mount is.</summary>
internal static class Shell
{
    /// <summary>What a script writes, its errors and its status among it.</summary>
    public static async Task<string> RunAsync(string directory, string script)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", $"export LC_ALL=C; exec 2>&1; set -o pipefail; {script}\necho status $?"])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(FuseSupport.Deadline);
            await process.WaitForExitAsync().WaitAsync(FuseSupport.Deadline);
            return output;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Runs a script that has to succeed, and gives what it writes.</summary>
    public static async Task<string> RunWellAsync(string directory, string script)
    {
        const string Success = "status 0\n";
        string output = await RunAsync(directory, script);
        Assert.EndsWith(Success, output, StringComparison.Ordinal);
        return output[..^Success.Length];
    }
}
