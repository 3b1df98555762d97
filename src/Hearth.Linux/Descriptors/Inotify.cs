using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Descriptors;

/// <summary>An instance of inotify(7). A user has few of them, 128 by default, and many watches.</summary>
internal sealed partial class Inotify : IDisposable
{
    public const uint Modified = 0x2;
    public const uint Closed = 0x18;
    public const uint MovedFrom = 0x40;
    public const uint MovedTo = 0x80;
    public const uint Created = 0x100;
    public const uint Deleted = 0x200;

    /// <summary>Events were lost, since the kernel's queue was full.</summary>
    public const uint Overflowed = 0x4000;

    /// <summary>The last event of a watch that has been removed, or whose target has.</summary>
    public const uint Ignored = 0x8000;

    public const uint OnlyDirectories = 0x1000000;

    private const int CloseOnExec = 0x80000;

    /// <summary>Room for several events with names of up to 255 bytes.</summary>
    private const int BufferBytes = 4096;

    private readonly SafeFileHandle events = inotify_init1(CloseOnExec);

    public Inotify()
    {
        if (events.IsInvalid)
        {
            throw LinuxException.FromLastError("inotify_init1");
        }
    }

    /// <param name="report">The event.</param>
    /// <param name="name">The entry of the watched directory that it is about; empty for the watched file itself.</param>
    public delegate void Receiver(InotifyEvent report, ReadOnlySpan<byte> name);

    /// <summary>Adds a watch, or replaces the events of the one that the file has in this instance.</summary>
    /// <returns>The watch's number. A number is not used again for a long time.</returns>
    public int Add(string path, uint mask)
    {
        int added = inotify_add_watch(events, path, mask);
        return added >= 0 ? added : throw LinuxException.FromLastError("inotify_add_watch", path);
    }

    /// <summary>Removes a watch, unless it is already removed. A waiting thread gets its last event, <see cref="Ignored"/>.</summary>
    public void Remove(int watch) => _ = inotify_rm_watch(events, watch);

    /// <summary>Waits for at least one event, and gives all that have arrived.</summary>
    public void Wait(Receiver receive)
    {
        Span<byte> buffer = stackalloc byte[BufferBytes];
        ReadOnlySpan<byte> reports = buffer[..DescriptorIO.Read(events, buffer)];
        while (reports.Length >= Unsafe.SizeOf<InotifyEvent>())
        {
            InotifyEvent report = MemoryMarshal.Read<InotifyEvent>(reports);
            int length = Unsafe.SizeOf<InotifyEvent>() + (int)report.NameBytes;
            receive(report, reports[Unsafe.SizeOf<InotifyEvent>()..length].TrimEnd((byte)0));
            reports = reports[length..];
        }
    }

    public void Dispose() => events.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int inotify_add_watch(SafeFileHandle events, string path, uint mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_rm_watch(SafeFileHandle events, int watch);
}
