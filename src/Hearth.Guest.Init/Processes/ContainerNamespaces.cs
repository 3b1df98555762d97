using Hearth.Guest.Init.Launching;
using Hearth.Guest.Protocol.Messages;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// Which process namespace the next process belongs to. The first process is PID 1 of the container, as with docker: when it
/// ends, the kernel ends all others. Whatever is started after that is the first of a new one. Launches take turns here.
/// </summary>
internal sealed class ContainerNamespaces(ChildReaper reaper) : IDisposable
{
    private readonly SafeFileHandle own = File.OpenHandle("/proc/self/ns/pid");
    private LauncherProcess? spare;
    private SafeFileHandle? candidate;
    private SafeFileHandle? current;
    private int firstPid;
    private Task firstEnd = Task.CompletedTask;

    /// <summary>Init's number of the container's first process; 0 where none runs.</summary>
    internal int FirstPid => firstEnd.IsCompleted ? 0 : firstPid;

    /// <summary>Starts the first process's launcher ahead of its job, while the host has still to speak.</summary>
    internal void Prepare() => spare = LauncherProcess.Start(reaper, joined: null, own);

    /// <summary>Starts a launcher, or takes the one that waits.</summary>
    /// <param name="mustJoin">True to refuse where there is no first process to join.</param>
    /// <param name="joinPid">What its job has to say: <see cref="LaunchJob.JoinPid"/>.</param>
    /// <exception cref="LaunchException">There is none.</exception>
    internal LauncherProcess StartLauncher(bool mustJoin, out int joinPid)
    {
        if (firstEnd.IsCompleted)
        {
            if (mustJoin)
            {
                throw new LaunchException(
                    StartFailure.ContainerNotRunning,
                    firstPid == 0 ? "the container's first process was not started yet" : "the container's first process has ended");
            }

            joinPid = 0;
            LauncherProcess first = spare is { End.IsCompleted: false } ? spare : LauncherProcess.Start(reaper, joined: null, own);
            spare = null;

            // Now, while it waits for its job: what it becomes may have ended before anyone looks.
            candidate?.Dispose();
            candidate = File.OpenHandle($"/proc/{first.Pid}/ns/pid");
            return first;
        }

        joinPid = firstPid;
        return LauncherProcess.Start(reaper, current, own);
    }

    /// <summary>The first process runs: from now on others join it.</summary>
    internal void SetFirst(LauncherProcess first)
    {
        current?.Dispose();
        current = candidate;
        candidate = null;
        firstPid = first.Pid;
        firstEnd = first.End;
    }

    public void Dispose()
    {
        spare?.Dispose();
        candidate?.Dispose();
        current?.Dispose();
        own.Dispose();
    }
}
