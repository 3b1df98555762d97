using System.Globalization;

namespace Hearth.Linux.Processes;

/// <summary>Signals that a thread has received but not yet handled, as listed in /proc/PID/status.</summary>
public static class PendingSignals
{
    private const string OfThread = "SigPnd:";
    private const ulong KillBit = 1UL << (SignalNumber.Kill - 1);

    /// <summary>
    /// True if a thread is being killed. When any signal ends a process, the kernel adds SIGKILL to each of its threads
    /// (complete_signal). The kernel makes the same check itself (fatal_signal_pending).
    /// </summary>
    /// <param name="thread">The id of any thread, not only of a process. A thread that does not exist is not being killed.</param>
    public static bool IncludeKill(uint thread)
    {
        try
        {
            string? line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}/status"))
                .FirstOrDefault(line => line.StartsWith(OfThread, StringComparison.Ordinal));
            return line is not null && (ulong.Parse(line.AsSpan(OfThread.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) & KillBit) != 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
