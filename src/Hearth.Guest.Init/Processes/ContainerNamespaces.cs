using Hearth.Guest.Init.Launching;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// Which process namespace the next process belongs to. The first process is PID 1 of the container, as with docker: when it
/// ends, the kernel ends all others. Whatever is started after that is the first of a new one. Launches take turns here.
/// </summary>
internal sealed class ContainerNamespaces(ChildReaper reaper) : IDisposable
{
    /// <summary>An ending process is gone within milliseconds; where it is still there, memory is what was missing.</summary>
    private static readonly TimeSpan endDelay = TimeSpan.FromSeconds(1);

    private readonly SafeFileHandle own = File.OpenHandle("/proc/self/ns/pid");
    private ProcessHandle? first;
    private ContainerTree? tree;
    private Task firstEnd = Task.CompletedTask;

    /// <summary>Init's number of the container's first process; 0 where none runs.</summary>
    internal int FirstPid => firstEnd.IsCompleted ? 0 : first!.ProcessId;

    /// <summary>The container's first process, for another to join.</summary>
    /// <param name="mustJoin">True to refuse where there is none.</param>
    /// <returns>Null where the next process is to be the first.</returns>
    /// <exception cref="LaunchException">There is none.</exception>
    internal ProcessHandle? FindFirst(bool mustJoin)
    {
        if (!firstEnd.IsCompleted)
        {
            return first;
        }

        return mustJoin
            ? throw new LaunchException(
                StartFailure.ContainerNotRunning,
                first is null ? "the container's first process was not started yet" : "the container's first process has ended")
            : null;
    }

    /// <summary>The container's files as a process of it sees them; stays this object's, until the next call.</summary>
    /// <param name="joined">Its first process; null where that is still to come.</param>
    internal ContainerTree GetTree(ProcessHandle? joined)
    {
        if (joined is null)
        {
            ForgetTree();
            return tree = OpenTree();
        }

        try
        {
            return tree ??= new ContainerTree(ContainerRoot.Hold(joined));
        }
        catch (LinuxException failure) when (failure.Errno == Errno.ESRCH)
        {
            throw LaunchException.ContainerEnded();
        }
    }

    /// <summary>The files of a container whose first process is still to come; the caller's.</summary>
    internal static ContainerTree OpenTree() => new(RootedPaths.Hold(RootMounts.Container));

    /// <summary>Starts a child where it is to live.</summary>
    /// <param name="script">What it does.</param>
    /// <param name="joined">Whose process namespace it lives in; null to be the first of a new one.</param>
    /// <param name="group">The control group that it begins in; null for init's.</param>
    /// <param name="end">How it ends.</param>
    /// <returns>It; the caller's, until given to <see cref="SetFirst"/>.</returns>
    internal ProcessHandle Start(ChildScript script, ProcessHandle? joined, SafeFileHandle? group, out Task<ProcessEnd> end)
    {
        ProcessHandle? started = null;
        try
        {
            (_, end) = reaper.Start(() =>
            {
                started = joined is null ? script.Start(NamespaceKinds.Process, group) : StartIn(joined, script, group);
                return started.ProcessId;
            });
        }
        catch (LinuxException failure) when (failure.Errno == Errno.ENOMEM && joined is not null)
        {
            // What the kernel says of a namespace whose first process is ending, a moment before that has ended. Not a part of the
            // condition, which is looked at while the reaper is still held.
            if (firstEnd.Wait(endDelay))
            {
                throw LaunchException.ContainerEnded();
            }

            throw;
        }

        return started!;
    }

    /// <summary>The first process runs: from now on others join it.</summary>
    internal void SetFirst(ProcessHandle process, Task end)
    {
        first?.Dispose();
        ForgetTree();
        first = process;
        firstEnd = end;
    }

    public void Dispose()
    {
        ForgetTree();
        first?.Dispose();
        own.Dispose();
    }

    private void ForgetTree()
    {
        tree?.Dispose();
        tree = null;
    }

    /// <summary>
    /// Children go where the calling thread says, and it says so for this one child alone. No thread may be started in
    /// between: the kernel refuses one whose process is to have another namespace than its future children.
    /// </summary>
    private ProcessHandle StartIn(ProcessHandle joined, ChildScript script, SafeFileHandle? group)
    {
        try
        {
            Namespaces.Enter(joined.Descriptor, NamespaceKinds.Process);
        }
        catch (LinuxException failure) when (failure.Errno == Errno.ESRCH)
        {
            throw LaunchException.ContainerEnded();
        }

        try
        {
            return script.Start(NamespaceKinds.None, group);
        }
        finally
        {
            Namespaces.Enter(own, NamespaceKinds.Process);
        }
    }
}
