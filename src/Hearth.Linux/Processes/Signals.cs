using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>kill(2), and what a program to be executed inherits of signals.</summary>
public static partial class Signals
{
    private const nint DefaultHandler = 0;
    private const nint IgnoringHandler = 1;
    private const nint SetMask = 2;
    private const nint MaskBytes = sizeof(ulong);

    /// <summary>Sends a signal to a process, or with a negative pid to a process group.</summary>
    /// <returns>False when there is no such process any more.</returns>
    public static bool Send(int pid, int signal)
    {
        if (kill(pid, signal) == 0)
        {
            return true;
        }

        Errno errno = (Errno)Marshal.GetLastPInvokeError();
        return errno == Errno.ESRCH ? false : throw new LinuxException("kill", errno, $"pid {pid}");
    }

    /// <summary>
    /// Undoes what execve(2) would hand on: ignored signals (the .NET runtime ignores SIGPIPE, glibc's posix_spawn signal 32)
    /// and this thread's mask. Raw calls, since glibc hides the signals that it keeps to itself.
    /// </summary>
    public static void ResetForExecution()
    {
        for (int signal = 1; signal <= SignalNumber.Last; signal++)
        {
            SignalAction action = default;
            if (syscall(SystemCallNumbers.SignalAction, signal, nint.Zero, ref action, MaskBytes) == 0
                && action.Handler == IgnoringHandler)
            {
                action.Handler = DefaultHandler;
                _ = syscall(SystemCallNumbers.SignalAction, signal, ref action, nint.Zero, MaskBytes);
            }
        }

        ulong none = 0;
        _ = syscall(SystemCallNumbers.SignalMask, SetMask, ref none, nint.Zero, MaskBytes);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint signal, nint change, ref SignalAction former, nint maskBytes);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint signal, ref SignalAction change, nint former, nint maskBytes);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint how, ref ulong mask, nint former, nint maskBytes);
}
