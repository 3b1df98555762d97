using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;

namespace Hearth.ControlGroups;

/// <summary>Kills the processes of a container's group, and removes its directories.</summary>
internal sealed class GroupProcesses(IReadOnlyList<GroupDirectory> groups, TimeProvider clock)
{
    /// <summary>The file with which the kernel kills a whole group, since Linux 5.14.</summary>
    private const string KillFile = "cgroup.kill";

    /// <exception cref="ControlGroupException">Some processes did not end in time.</exception>
    public void KillAll(TimeSpan timeout)
    {
        long begin = clock.GetTimestamp();
        if (All() is not { Count: > 0 } processes)
        {
            return;
        }

        foreach (GroupDirectory group in groups)
        {
            StopMultiplying(group);
        }

        // One pass is enough, unless the host has no means to prevent forks.
        while (processes.Count > 0)
        {
            foreach (int pid in processes)
            {
                using ProcessHandle? process = ProcessHandle.TryOpen(pid);
                process?.Signal(SignalNumber.Kill);
            }

            Thaw();
            Await(processes, timeout - clock.GetElapsedTime(begin), "kill all processes of");
            processes = All();
        }
    }

    /// <summary>Waits for the end of all processes and removes the directories.</summary>
    /// <exception cref="ControlGroupException">Some processes did not end in time, or the kernel did not release the group.</exception>
    public void RemoveAll(TimeSpan timeout)
    {
        long begin = clock.GetTimestamp();
        while (true)
        {
            Await(All(), timeout - clock.GetElapsedTime(begin), "remove");
            if (groups.All(group => group.TryRemove()))
            {
                return;
            }

            if (clock.GetElapsedTime(begin) > timeout)
            {
                throw new ControlGroupException(
                    ControlGroupError.TimedOut,
                    $"cannot remove the control group '{groups[0].Path}': the kernel still holds it, although it has no process");
            }

            // The kernel releases a group shortly after the end of its last process, and v1 has no notification for that.
            Thread.Yield();
        }
    }

    private static void StopMultiplying(GroupDirectory group)
    {
        if (group.Version == 2 && group.TryWrite(KillFile, "1") == Errno.None)
        {
            return;
        }

        if (group.Controllers.HasFlag(Controllers.Pids))
        {
            group.TryWrite("pids.max", "0");
        }

        if (group.Version == 1 && group.Controllers.HasFlag(Controllers.Freezer))
        {
            group.TryWrite(GroupFreezer.StateFile, GroupFreezer.Frozen);
        }
    }

    /// <summary>Thaws the groups of v1, where a frozen process does not end before it is thawed.</summary>
    private void Thaw()
    {
        foreach (GroupDirectory group in groups.Where(group => group.Version == 1 && group.Controllers.HasFlag(Controllers.Freezer)))
        {
            group.TryWrite(GroupFreezer.StateFile, GroupFreezer.Thawed);
        }
    }

    private List<int> All() => [.. groups.SelectMany(group => group.Processes()).Distinct()];

    private void Await(List<int> processes, TimeSpan timeout, string act)
    {
        using var epoll = new Epoll();
        var handles = new List<ProcessHandle>();
        try
        {
            foreach (int pid in processes)
            {
                if (ProcessHandle.TryOpen(pid) is { } process)
                {
                    handles.Add(process);
                    epoll.Add(process.Descriptor, EpollEvents.In | EpollEvents.OneShot, (ulong)pid);
                }
            }

            Await(epoll, [.. handles.Select(handle => (ulong)handle.ProcessId)], timeout, act);
        }
        finally
        {
            handles.ForEach(handle => handle.Dispose());
        }
    }

    private void Await(Epoll epoll, HashSet<ulong> left, TimeSpan timeout, string act)
    {
        long begin = clock.GetTimestamp();
        Span<EpollReport> reports = stackalloc EpollReport[16];
        while (left.Count > 0)
        {
            TimeSpan rest = timeout - clock.GetElapsedTime(begin);
            int count = rest > TimeSpan.Zero ? epoll.Wait(reports, (int)Math.Ceiling(rest.TotalMilliseconds)) : 0;
            if (count == 0)
            {
                throw new ControlGroupException(ControlGroupError.TimedOut,
                    $"cannot {act} the control group '{groups[0].Path}': {(left.Count == 1 ? "process" : "processes")} {string.Join(", ", left)} did not end within {timeout.TotalSeconds:0} s");
            }

            foreach (EpollReport report in reports[..count])
            {
                left.Remove(report.Token);
            }
        }
    }
}
