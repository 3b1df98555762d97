using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>
/// pidfd_open(2): one process and no later one with the same pid. The descriptor becomes readable, for epoll(7), when all
/// threads of the process have ended; a zombie has.
/// </summary>
public sealed partial class ProcessHandle : IDisposable
{
    internal ProcessHandle(int pid, SafeFileHandle descriptor)
    {
        ProcessId = pid;
        Descriptor = descriptor;
    }

    public int ProcessId { get; }

    /// <summary>For epoll; it stays this object's.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <returns>Null where there is no such process any more.</returns>
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

    /// <returns>False when the process has ended and was waited for.</returns>
    public bool Signal(int signal)
    {
        if (syscall(SystemCallNumbers.PidFdSendSignal, Descriptor, signal, nint.Zero, 0) == 0)
        {
            return true;
        }

        Errno errno = (Errno)Marshal.GetLastPInvokeError();
        return errno == Errno.ESRCH ? false : throw new LinuxException("pidfd_send_signal", errno, $"pid {ProcessId}");
    }

    public void Dispose() => Descriptor.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle syscall(nint number, nint pid, nuint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, SafeFileHandle process, nint signal, nint information, nuint flags);
}
