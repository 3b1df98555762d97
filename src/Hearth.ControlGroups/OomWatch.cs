using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.ControlGroups;

/// <summary>
/// Tells each time that a group's memory has run out: in v2 by the changes of <c>memory.events</c>, in v1 by an eventfd that is
/// registered for <c>memory.oom_control</c>. A thread of its own waits; it ends with this object, or with the group.
/// </summary>
internal sealed class OomWatch : IDisposable
{
    private const int StackBytes = 128 << 10;

    private readonly Action stop;
    private readonly Thread waiting;
    private readonly List<IDisposable> owned;

    private OomWatch(Action wait, Action stop, params IEnumerable<IDisposable> owned)
    {
        this.stop = stop;
        this.owned = [.. owned];
        waiting = new Thread(() => wait(), StackBytes) { IsBackground = true, Name = "out of memory" };
        waiting.Start();
    }

    /// <param name="memory">The group that counts memory.</param>
    /// <param name="ranOut">Called on the watch's thread; must not throw, nor dispose of the watch.</param>
    /// <exception cref="LinuxException">The kernel takes no watch.</exception>
    public static OomWatch Start(GroupDirectory memory, Action ranOut) => memory.Version == 2 ? StartVersion2(memory, ranOut) : StartVersion1(memory, ranOut);

    public void Dispose()
    {
        stop();
        waiting.Join();
        owned.ForEach(part => part.Dispose());
    }

    private static OomWatch StartVersion2(GroupDirectory memory, Action ranOut)
    {
        const string EventsFile = "memory.events";
        PathWatch watch = PathWatch.ForChanges(Path.Combine(memory.Path, EventsFile));
        long? seen = Count();
        return new OomWatch(Wait, watch.Stop, watch);

        // A kill, or a request for memory that failed since nothing could be killed. Null when the group is gone.
        long? Count() => memory.ReadNumber(EventsFile, "oom") + memory.ReadNumber(EventsFile, "oom_kill");

        void Wait()
        {
            while (watch.WaitUntil(() => Count() is long now && now != seen))
            {
                seen = Count();
                ranOut();
            }
        }
    }

    private static OomWatch StartVersion1(GroupDirectory memory, Action ranOut)
    {
        SafeFileHandle control = File.OpenHandle(Path.Combine(memory.Path, "memory.oom_control"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var counter = new EventCounter();
        bool stopping = false;
        string registration = string.Create(CultureInfo.InvariantCulture, $"{counter.Descriptor.DangerousGetHandle()} {control.DangerousGetHandle()}");
        Errno errno = memory.TryWrite("cgroup.event_control", registration);
        if (errno != Errno.None)
        {
            control.Dispose();
            counter.Dispose();
            throw new LinuxException("write", errno, Path.Combine(memory.Path, "cgroup.event_control"));
        }

        return new OomWatch(Wait, Stop, counter, control);

        // The removal of a group is told in the same way.
        void Wait()
        {
            while (counter.Take() > 0 && !Volatile.Read(ref stopping) && Directory.Exists(memory.Path))
            {
                ranOut();
            }
        }

        void Stop()
        {
            Volatile.Write(ref stopping, true);
            counter.Signal();
        }
    }
}
