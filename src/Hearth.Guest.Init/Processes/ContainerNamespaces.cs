using Hearth.Guest.Init.Launching;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// The process namespace for the next process. The first process is PID 1 of the container, as with docker: when it ends, the
/// kernel kills all others. A process that is started after that is the first in a new namespace. For one launch at a time.
/// </summary>
internal sealed class ContainerNamespaces(ChildReaper reaper) : IDisposable
{
    /// <summary>An ending process is gone within milliseconds. If it is still there after this time, ENOMEM is a lack of memory.</summary>
    private static readonly TimeSpan endDelay = TimeSpan.FromSeconds(1);

    private readonly SafeFileHandle own = File.OpenHandle("/proc/self/ns/pid");
    private ProcessHandle? first;
    private ContainerTree? tree;
    private Task firstEnd = Task.CompletedTask;

    /// <summary>The pid of the container's first process in the guest; 0 if none runs.</summary>
    internal int FirstPid => firstEnd.IsCompleted ? 0 : first!.ProcessId;

    /// <summary>Returns the container's first process, for another to join.</summary>
    /// <param name="mustJoin">True to fail if there is none.</param>
    /// <returns>The first process; null if the next process is to be the first.</returns>
    /// <exception cref="LaunchException">There is no first process to join.</exception>
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

    /// <summary>
    /// Returns the container's files as its processes see them. This object owns the result, which is valid until the next call.
    /// </summary>
    /// <param name="joined">The container's first process; null if it is not started yet.</param>
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

    /// <summary>Opens the files of a container whose first process is not started yet. The caller owns the result.</summary>
    internal static ContainerTree OpenTree() => new(RootedPaths.Hold(RootMounts.Container));

    /// <summary>Starts a child in its process namespace and control group.</summary>
    /// <param name="script">The steps of the child.</param>
    /// <param name="joined">The process whose process namespace to join; null to be the first in a new one.</param>
    /// <param name="group">The control group in which the child starts; null for init's.</param>
    /// <param name="end">A task for the child's end.</param>
    /// <returns>The child. The caller owns the handle until it passes it to <see cref="SetFirst"/>.</returns>
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
            // The kernel returns ENOMEM for a namespace whose first process is about to end. The wait is not part of the filter,
            // since filters run while the reaper's lock is still held.
            if (firstEnd.Wait(endDelay))
            {
                throw LaunchException.ContainerEnded();
            }

            throw;
        }

        return started!;
    }

    /// <summary>Records the running first process: later processes join it.</summary>
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
    /// Starts a child in another process namespace. The calling thread sets the namespace of its future children, and resets it
    /// after this child. No thread may be started in between: the kernel refuses a thread while that namespace differs from the
    /// process's own.
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
