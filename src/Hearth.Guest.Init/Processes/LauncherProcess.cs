using Hearth.Guest.Init.Launching;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Processes;

/// <summary>A launcher that waits for its job; when it has done it, the same pid is the process.</summary>
internal sealed class LauncherProcess : IDisposable
{
    private readonly CopyOfInit copy;

    private LauncherProcess(CopyOfInit copy) => this.copy = copy;

    internal int Pid => copy.Pid;

    internal Task<ProcessEnd> End => copy.End;

    /// <summary>Starts one as a child of init.</summary>
    /// <param name="reaper">Who waits for it.</param>
    /// <param name="joined">The process namespace to live in, an open /proc/PID/ns/pid; null to be the first of a new one.</param>
    /// <param name="own">The same file of init itself.</param>
    internal static LauncherProcess Start(ChildReaper reaper, SafeFileHandle? joined, SafeFileHandle own) =>
        new(CopyOfInit.Start(reaper, [Launcher.Argument], spawn => SpawnIn(joined, own, spawn)));

    /// <summary>Gives it its job.</summary>
    /// <returns>Null when the process runs; else why it does not.</returns>
    internal async Task<LaunchException?> LaunchAsync(LaunchJob job, ReadinessLoop loop)
    {
        byte[]? report = await copy.AskAsync(job.Encode(), LaunchReport.MaxBytes, loop).ConfigureAwait(false);

        // The kernel ends a launcher with the first process, whose namespace it was to join.
        return report is null
            ? new LaunchException(StartFailure.ContainerNotRunning, "the container's first process ended while this one was being started")
            : LaunchReport.Decode(report);
    }

    public void Dispose() => copy.Dispose();

    /// <summary>
    /// Children go where the calling thread says, and it says so for this one child alone. No thread may be started in
    /// between: the kernel refuses one whose process is to have another namespace than its future children.
    /// </summary>
    private static int SpawnIn(SafeFileHandle? joined, SafeFileHandle own, Func<int> spawn)
    {
        if (joined is null)
        {
            Namespaces.Unshare(NamespaceKinds.Process);
        }
        else
        {
            Namespaces.Enter(joined, NamespaceKinds.Process);
        }

        try
        {
            return spawn();
        }
        finally
        {
            Namespaces.Enter(own, NamespaceKinds.Process);
        }
    }
}
