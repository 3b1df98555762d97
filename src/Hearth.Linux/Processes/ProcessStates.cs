namespace Hearth.Linux.Processes;

/// <summary>What the kernel's scheduler reports about a process: /proc/PID/stat, proc(5).</summary>
public static class ProcessStates
{
    /// <summary>Whether a process is stopped by SIGSTOP or by its tracer: it does not run until it is continued.</summary>
    /// <param name="pid">The pid of any process; false if it does not exist.</param>
    public static bool IsStopped(int pid) => ProcessUsage.TryRead(pid) is { IsStopped: true };
}
