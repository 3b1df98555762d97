using System.Diagnostics;

namespace Hearth.Fuse.Tests.Support;

/// <summary>The test program running as a server; killed on disposal if it still runs.</summary>
public sealed class ServerProcess : IDisposable
{
    /// <summary>The first argument by which the test program knows that it is to be a server.</summary>
    public const string Word = "server";

    private readonly Process process;

    private ServerProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Starts a server command.</summary>
    /// <param name="wrapper">A program and its arguments that starts the server; empty for none.</param>
    /// <param name="arguments">Of the server command.</param>
    public static ServerProcess Start(string[] wrapper, params string[] arguments)
    {
        string[] words = [.. wrapper, Environment.ProcessPath!, Word, .. arguments];
        return new ServerProcess(Process.Start(new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
    }

    /// <summary>The next line it writes; null at its end.</summary>
    public async Task<string?> ReadLineAsync() => await process.StandardOutput.ReadLineAsync().WaitAsync(FuseSupport.Deadline);

    /// <summary>Has a serving one stop in order.</summary>
    public async Task<int> StopAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(FuseSupport.Deadline);
        return process.ExitCode;
    }

    /// <summary>Kills it with SIGKILL and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(FuseSupport.Deadline);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }
}
