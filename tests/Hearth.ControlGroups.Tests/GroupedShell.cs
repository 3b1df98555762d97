using System.Diagnostics;

namespace Hearth.ControlGroups.Tests;

/// <summary>A shell that runs its script only when it is in a group: what the script takes and starts is the group's.</summary>
internal sealed class GroupedShell : IDisposable
{
    private readonly Process process;

    private GroupedShell(Process process) => this.process = process;

    public int Pid => process.Id;

    public StreamReader Output => process.StandardOutput;

    public StreamReader Errors => process.StandardError;

    /// <param name="group">Which it joins first.</param>
    /// <param name="script">For /bin/sh; it may read further input.</param>
    public static GroupedShell Start(ContainerGroup group, string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"read joined; {script}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var shell = new GroupedShell(Process.Start(start)!);
        group.AddProcess(shell.Pid);
        shell.Write("joined");
        return shell;
    }

    public void Write(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
    }

    /// <returns>What it ended with: 128 and the signal's number for one that a signal ended.</returns>
    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
