using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>kill(2), and what a program to be executed inherits of signals.</summary>
public static partial class Signals
{
    private const nint DefaultHandler = 0;
    private const nint IgnoringHandler = 1;
    private const int SetMask = 2;

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
    /// Undoes what execve(2) would hand on: ignored signals (the .NET runtime ignores SIGPIPE) and this thread's mask.
    /// </summary>
    public static void ResetForExecution()
    {
        for (int signal = 1; signal <= SignalNumber.Last; signal++)
        {
            // 32 and 33 belong to glibc, which refuses to show them.
            if (sigaction(signal, nint.Zero, out SignalAction action) == 0 && action.Handler == IgnoringHandler)
            {
                action.Handler = DefaultHandler;
                _ = sigaction(signal, in action, nint.Zero);
            }
        }

        SignalMask none = default;
        _ = pthread_sigmask(SetMask, in none, nint.Zero);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sigaction(int signal, nint change, out SignalAction former);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sigaction(int signal, in SignalAction change, nint former);

    [LibraryImport("libc")]
    private static partial int pthread_sigmask(int how, in SignalMask mask, nint former);
}
