using Hearth.Guest.Init.Launching;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Processes;

/// <summary>A launcher that waits for its job; when it has done it, the same pid is the process.</summary>
internal sealed class LauncherProcess : IDisposable
{
    private const string OwnProgram = "/proc/self/exe";

    /// <summary>The kernel ends a launcher with the first process, whose namespace it was to join.</summary>
    private static LaunchException EndedBefore =>
        new(StartFailure.ContainerNotRunning, "the container's first process ended while this one was being started");

    private readonly SafeFileHandle socket;

    private LauncherProcess(int pid, Task<ProcessEnd> end, SafeFileHandle socket)
    {
        Pid = pid;
        End = end;
        this.socket = socket;
    }

    internal int Pid { get; }

    internal Task<ProcessEnd> End { get; }

    /// <summary>Starts one as a child of init.</summary>
    /// <param name="reaper">Who waits for it.</param>
    /// <param name="joined">The process namespace to live in, an open /proc/PID/ns/pid; null to be the first of a new one.</param>
    /// <param name="own">The same file of init itself.</param>
    internal static LauncherProcess Start(ChildReaper reaper, SafeFileHandle? joined, SafeFileHandle own)
    {
        (SafeFileHandle mine, SafeFileHandle theirs) = GuestSockets.CreatePair();
        using (theirs)
        {
            (int pid, Task<ProcessEnd> end) = reaper.Start(() => Spawn(theirs, joined, own));
            return new LauncherProcess(pid, end, mine);
        }
    }

    /// <summary>Gives it its job.</summary>
    /// <returns>Null when the process runs; else why it does not.</returns>
    internal async Task<LaunchException?> LaunchAsync(LaunchJob job, ReadinessLoop loop)
    {
        try
        {
            return await GiveAsync(job, loop).ConfigureAwait(false)
                ? await ReadReportAsync(loop).ConfigureAwait(false)
                : EndedBefore;
        }
        catch (LinuxException failure) when (failure.Errno == Errno.ECONNRESET)
        {
            // Its end of the socket was closed with the job unread in it.
            return EndedBefore;
        }
    }

    public void Dispose() => socket.Dispose();

    /// <returns>False when the launcher is gone.</returns>
    private async Task<bool> GiveAsync(LaunchJob job, ReadinessLoop loop)
    {
        using PolledDescriptor jobs = PolledDescriptor.ForWriting(DescriptorIO.Duplicate(socket), loop);
        return await jobs.WriteAsync(job.Encode()).ConfigureAwait(false);
    }

    private async Task<LaunchException?> ReadReportAsync(ReadinessLoop loop)
    {
        using PolledDescriptor reports = PolledDescriptor.ForReading(DescriptorIO.Duplicate(socket), loop);
        byte[] report = new byte[LaunchReport.MaxBytes];
        int length = 0;
        int count;
        while (length < report.Length && (count = await reports.ReadAsync(report.AsMemory(length)).ConfigureAwait(false)) > 0)
        {
            length += count;
        }

        return LaunchReport.Decode(report.AsSpan(0, length));
    }

    /// <summary>
    /// Children go where the calling thread says, and it says so for this one child alone. No thread may be started in
    /// between: the kernel refuses one whose process is to have another namespace than its future children.
    /// </summary>
    private static int Spawn(SafeFileHandle socket, SafeFileHandle? joined, SafeFileHandle own)
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
            return ProcessSpawning.Spawn(OwnProgram, ["hearth-init", Launcher.Argument], [], (socket, Launcher.SocketNumber));
        }
        finally
        {
            Namespaces.Enter(own, NamespaceKinds.Process);
        }
    }
}
