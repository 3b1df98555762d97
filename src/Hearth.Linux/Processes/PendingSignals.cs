using System.Globalization;

namespace Hearth.Linux.Processes;

/// <summary>Signals that a thread has received and not yet handled, as /proc/PID/status lists them.</summary>
public static class PendingSignals
{
    private const string OfThread = "SigPnd:";
    private const ulong KillBit = 1UL << (SignalNumber.Kill - 1);

    /// <summary>
    /// True where a thread is being killed. The kernel adds SIGKILL to each thread of a process that a signal ends, whichever
    /// signal it is (complete_signal), and takes the same look itself (fatal_signal_pending).
    /// </summary>
    /// <param name="thread">The id of the thread, not only of a process. One that does not exist is not being killed.</param>
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
