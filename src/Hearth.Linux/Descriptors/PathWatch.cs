using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Descriptors;

/// <summary>
/// Reports by inotify(7) when a name appears in a directory or a file changes. One thread waits. Any other thread may stop
/// the wait by removing the watch, which the kernel reports to the waiting thread.
/// </summary>
public sealed partial class PathWatch : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const uint Modified = 0x2;
    private const uint Closed = 0x18;
    private const uint Created = 0x100;
    private const uint MovedTo = 0x80;
    private const uint MovedFrom = 0x40;
    private const uint Deleted = 0x200;
    private const uint Ignored = 0x8000;
    private const uint OnlyDirectories = 0x1000000;

    /// <summary>Room for several events with names of up to 255 bytes.</summary>
    private const int BufferBytes = 4096;

    private readonly SafeFileHandle events;
    private readonly int watch;
    private bool ended;

    private PathWatch(string path, uint mask)
    {
        events = inotify_init1(CloseOnExec);
        if (events.IsInvalid)
        {
            throw LinuxException.FromLastError("inotify_init1");
        }

        watch = Add(path, mask);
    }

    /// <summary>Watches a directory for new names.</summary>
    public static PathWatch ForNames(string directory) => new(directory, Created | MovedTo | OnlyDirectories);

    /// <summary>
    /// Watches a directory for new names, for writes to its files, and for its own removal or renaming. The parent directory
    /// reports the latter, since a directory reports its own removal only after the last of its open files is closed.
    /// </summary>
    public static PathWatch ForFiles(string directory)
    {
        var watch = new PathWatch(directory, Created | MovedTo | Modified | OnlyDirectories);
        watch.Add(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory))) ?? directory, MovedFrom | Deleted | OnlyDirectories);
        return watch;
    }

    /// <summary>
    /// Watches a file for changes of its content, including those that the kernel makes in files such as a control group's
    /// events.
    /// </summary>
    public static PathWatch ForChanges(string file) => new(file, Modified);

    /// <summary>Watches a file for being closed by any process.</summary>
    public static PathWatch ForClosing(string file) => new(file, Closed);

    /// <summary>Waits until a condition holds. Checks it first, then after each event.</summary>
    /// <returns>False if the watch was stopped or its target was removed, and the condition does not hold.</returns>
    public bool WaitUntil(Func<bool> condition)
    {
        Span<byte> buffer = stackalloc byte[BufferBytes];
        while (!condition())
        {
            if (ended)
            {
                return false;
            }

            int count = DescriptorIO.Read(events, buffer);
            ended = EndsIn(buffer[..count]);
        }

        return true;
    }

    /// <summary>Ends the current wait and all later ones. Has no effect if the watch is already stopped.</summary>
    public void Stop() => _ = inotify_rm_watch(events, watch);

    public void Dispose() => events.Dispose();

    private int Add(string path, uint mask)
    {
        int added = inotify_add_watch(events, path, mask);
        if (added < 0)
        {
            using (events)
            {
                throw LinuxException.FromLastError("inotify_add_watch", path);
            }
        }

        return added;
    }

    private bool EndsIn(ReadOnlySpan<byte> reports)
    {
        while (reports.Length >= Unsafe.SizeOf<InotifyEvent>())
        {
            InotifyEvent report = MemoryMarshal.Read<InotifyEvent>(reports);
            if ((report.Mask & Ignored) != 0 && report.Watch == watch)
            {
                return true;
            }

            reports = reports[(Unsafe.SizeOf<InotifyEvent>() + (int)report.NameBytes)..];
        }

        return false;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int inotify_add_watch(SafeFileHandle events, string path, uint mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_rm_watch(SafeFileHandle events, int watch);
}
