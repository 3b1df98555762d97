using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>waitid(2).</summary>
public static partial class ProcessWaiting
{
    private const int AnyChild = 0;
    private const int OneProcess = 1;
    private const int Stopped = 2;
    private const int Exited = 4;
    private const int LeaveWaitable = 0x01000000;
    private const int CodeExited = 1;

    /// <summary>
    /// Waits until a child has ended, and leaves it as a zombie so that its pid is not reused before <see cref="Reap"/>.
    /// </summary>
    /// <returns>Null if there is no child.</returns>
    public static ProcessEnd? WaitForAny() => Wait(AnyChild, 0, Exited | LeaveWaitable);

    /// <summary>Waits until one child has ended, and leaves it as a zombie.</summary>
    /// <returns>Null if it is not a child of this process or was already reaped.</returns>
    public static ProcessEnd? WaitFor(int pid) => Wait(OneProcess, pid, Exited | LeaveWaitable);

    /// <summary>Waits until all threads of a child have stopped, or it has ended. It can be waited for again.</summary>
    public static void WaitForStop(int pid) => Wait(OneProcess, pid, Stopped | Exited | LeaveWaitable);

    /// <summary>Waits until one child has ended, and frees its pid.</summary>
    public static ProcessEnd Reap(int pid) =>
        Wait(OneProcess, pid, Exited) ?? throw new LinuxException("waitid", Errno.ECHILD, $"pid {pid}");

    private static ProcessEnd? Wait(int kind, int pid, int options)
    {
        ChildInformation information = default;
        while (waitid(kind, pid, ref information, options) != 0)
        {
            Errno errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno == Errno.ECHILD)
            {
                return null;
            }

            if (errno != Errno.EINTR)
            {
                throw new LinuxException("waitid", errno);
            }
        }

        return information.Code == CodeExited
            ? new ProcessEnd(information.Pid, information.Status, 0)
            : new ProcessEnd(information.Pid, 0, information.Status);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitid(int kind, int id, ref ChildInformation information, int options);
}
