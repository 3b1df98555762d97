using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Descriptors;

/// <summary>An epoll instance. Only one thread may call <see cref="Wait"/>; the other members are thread-safe.</summary>
public sealed partial class Epoll : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int ControlAdd = 1;
    private const int ControlDelete = 2;
    private const int ControlModify = 3;
    private const int MaxReports = 32;

    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private readonly SafeFileHandle instance;

    public Epoll()
    {
        instance = epoll_create1(CloseOnExec);
        if (instance.IsInvalid)
        {
            throw LinuxException.FromLastError("epoll_create1");
        }
    }

    /// <summary>
    /// Watches a descriptor; its reports carry the token. Call <see cref="Remove"/> before closing the descriptor.
    /// </summary>
    public void Add(SafeFileHandle descriptor, EpollEvents events, ulong token) => Control(ControlAdd, descriptor, events, token);

    /// <summary>Changes the watched events; a one-shot descriptor reports again.</summary>
    public void Rearm(SafeFileHandle descriptor, EpollEvents events, ulong token) => Control(ControlModify, descriptor, events, token);

    public void Remove(SafeFileHandle descriptor) => Control(ControlDelete, descriptor, EpollEvents.None, 0);

    /// <summary>Waits for reports.</summary>
    /// <param name="reports">Receives at most 32 reports at a time.</param>
    /// <param name="timeoutMs">In milliseconds; -1 waits without limit.</param>
    /// <returns>The number of reports; 0 on timeout.</returns>
    public int Wait(Span<EpollReport> reports, int timeoutMs)
    {
        Span<EpollEventAligned> buffer = stackalloc EpollEventAligned[MaxReports];
        int room = Math.Min(reports.Length, MaxReports);
        int count;
        while ((count = epoll_wait(instance, ref MemoryMarshal.GetReference(buffer), room, timeoutMs)) < 0)
        {
            if ((Errno)Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                throw LinuxException.FromLastError("epoll_wait");
            }
        }

        Span<EpollEventPacked> packed = MemoryMarshal.Cast<EpollEventAligned, EpollEventPacked>(buffer);
        for (int i = 0; i < count; i++)
        {
            reports[i] = IsPacked
                ? new EpollReport(packed[i].Events, packed[i].Data)
                : new EpollReport(buffer[i].Events, buffer[i].Data);
        }

        return count;
    }

    public void Dispose() => instance.Dispose();

    private void Control(int operation, SafeFileHandle descriptor, EpollEvents events, ulong token)
    {
        Span<EpollEventAligned> buffer = stackalloc EpollEventAligned[1];
        if (IsPacked)
        {
            MemoryMarshal.Cast<EpollEventAligned, EpollEventPacked>(buffer)[0] = new EpollEventPacked { Events = events, Data = token };
        }
        else
        {
            buffer[0] = new EpollEventAligned { Events = events, Data = token };
        }

        if (epoll_ctl(instance, operation, descriptor, ref MemoryMarshal.GetReference(buffer)) != 0)
        {
            throw LinuxException.FromLastError("epoll_ctl");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(SafeFileHandle instance, int operation, SafeFileHandle fd, ref EpollEventAligned change);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(SafeFileHandle instance, ref EpollEventAligned reports, int room, int timeoutMs);
}
