using Hearth.Linux;
using Hearth.Linux.Processes;

namespace Hearth.Client;

/// <summary>Waits for keepers that this process started, so that none stays a zombie if the program outlives it.</summary>
internal static class ChildReaping
{
    private const int ThreadStackBytes = 64 << 10;

    public static void Begin(int pid) => new Thread(() => Reap(pid), ThreadStackBytes) { IsBackground = true, Name = "keeper" }.Start();

    private static void Reap(int pid)
    {
        try
        {
            _ = ProcessWaiting.Reap(pid);
        }
        catch (LinuxException exception) when (exception.Errno == Errno.ECHILD)
        {
            // Other code in this process waits for all children and was faster.
        }
    }
}
