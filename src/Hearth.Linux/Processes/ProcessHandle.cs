using System.Runtime.InteropServices;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>
/// pidfd_open(2): refers to one process and never to a later one with the same pid. For epoll(7), the descriptor becomes
/// readable when all threads of the process have ended; this includes a zombie.
/// </summary>
public sealed partial class ProcessHandle : IDisposable
{
    internal ProcessHandle(int pid, SafeFileHandle descriptor)
    {
        ProcessId = pid;
        Descriptor = descriptor;
    }

    public int ProcessId { get; }

    /// <summary>For epoll; this object keeps its ownership.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <returns>Null if the process no longer exists.</returns>
    public static ProcessHandle? TryOpen(int pid)
    {
        SafeFileHandle descriptor = syscall(SystemCallNumbers.PidFdOpen, pid, 0);
        if (!descriptor.IsInvalid)
        {
            return new ProcessHandle(pid, descriptor);
        }

        Errno errno = (Errno)Marshal.GetLastPInvokeError();
        return errno == Errno.ESRCH ? null : throw new LinuxException("pidfd_open", errno, $"pid {pid}");
    }

    /// <returns>False if the process has ended and was reaped.</returns>
    public bool Signal(int signal)
    {
        if (syscall(SystemCallNumbers.PidFdSendSignal, Descriptor, signal, nint.Zero, 0) == 0)
        {
            return true;
        }

        Errno errno = (Errno)Marshal.GetLastPInvokeError();
        return errno == Errno.ESRCH ? false : throw new LinuxException("pidfd_send_signal", errno, $"pid {ProcessId}");
    }

    /// <summary>Waits until all threads of the process have ended; it may still be a zombie.</summary>
    /// <returns>False if the time is over.</returns>
    public bool WaitForEnd(TimeSpan timeout)
    {
        using Epoll epoll = new();
        epoll.Add(Descriptor, EpollEvents.In, 0);
        return epoll.Wait(stackalloc EpollReport[1], (int)timeout.TotalMilliseconds) > 0;
    }

    public void Dispose() => Descriptor.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle syscall(nint number, nint pid, nuint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, SafeFileHandle process, nint signal, nint information, nuint flags);
}
