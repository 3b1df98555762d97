using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.ControlGroups;

/// <summary>
/// Calls back each time a group is out of memory. In v2 it watches changes of <c>memory.events</c>; in v1 it registers an eventfd
/// for <c>memory.oom_control</c>. A thread of its own waits; it ends when this object is disposed or the group is removed.
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
    /// <param name="ranOut">The callback; it runs on the watch's thread, and must neither throw nor dispose the watch.</param>
    /// <exception cref="LinuxException">The kernel refuses the watch.</exception>
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

        // Counts kills, and requests for memory that failed because no process could be killed. Null if the group was removed.
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

        // The kernel signals the removal of the group in the same way.
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
