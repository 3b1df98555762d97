using Hearth.Linux;
using Hearth.Linux.Descriptors;

namespace Hearth.ControlGroups;

/// <summary>Suspends a group's processes, with v2's <c>cgroup.freeze</c> or v1's freezer.</summary>
internal sealed class GroupFreezer(GroupDirectory group, TimeProvider clock)
{
    public const string StateFile = "freezer.state";
    public const string Frozen = "FROZEN";
    public const string Thawed = "THAWED";

    private const string FreezeFile = "cgroup.freeze";
    private const string EventsFile = "cgroup.events";

    /// <exception cref="ControlGroupException">The processes did not freeze in time; they continue to run.</exception>
    public void Freeze(TimeSpan timeout)
    {
        Write("freeze", group.Version == 2 ? (FreezeFile, "1") : (StateFile, Frozen));
        if (group.Version == 2 ? AwaitVersion2(timeout) : AwaitVersion1(timeout))
        {
            return;
        }

        Thaw();
        throw new ControlGroupException(ControlGroupError.TimedOut, $"cannot freeze the control group '{group.Path}': its processes did not freeze within {timeout.TotalSeconds:0} s");
    }

    public void Thaw() => Write("thaw", group.Version == 2 ? (FreezeFile, "0") : (StateFile, Thawed));

    private bool AwaitVersion2(TimeSpan timeout)
    {
        using PathWatch watch = PathWatch.ForChanges(Path.Combine(group.Path, EventsFile));
        using var deadline = new CancellationTokenSource(timeout, clock);
        using CancellationTokenRegistration stop = deadline.Token.Register(watch.Stop);
        return watch.WaitUntil(() => group.ReadNumber(EventsFile, "frozen") == 1);
    }

    /// <summary>Polls the state: v1 has no notification, and the kernel updates the state only when it is read.</summary>
    private bool AwaitVersion1(TimeSpan timeout)
    {
        long begin = clock.GetTimestamp();
        while (group.Read(StateFile)?.Trim() != Frozen)
        {
            if (clock.GetElapsedTime(begin) > timeout)
            {
                return false;
            }

            Thread.Yield();
        }

        return true;
    }

    private void Write(string act, (string File, string Value) setting)
    {
        Errno errno = group.TryWrite(setting.File, setting.Value);
        if (errno != Errno.None)
        {
            var cause = new LinuxException("write", errno, Path.Combine(group.Path, setting.File));
            throw new ControlGroupException(ControlGroupError.KernelRefused, $"cannot {act} the container: {cause.Message}", cause);
        }
    }
}
