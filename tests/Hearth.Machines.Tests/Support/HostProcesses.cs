using System.Diagnostics;

namespace Hearth.Machines.Tests.Support;

/// <summary>The host's processes as /proc shows them.</summary>
internal static class HostProcesses
{
    /// <summary>Those with a text in their command line, without this program.</summary>
    internal static IReadOnlyList<int> Find(string text) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(directory => int.TryParse(Path.GetFileName(directory), out int pid) ? pid : 0)
            .Where(pid => pid != 0 && pid != Environment.ProcessId && CommandLineOf(pid).Contains(text, StringComparison.Ordinal))];

    /// <summary>Fails the test if a process with this text in its command line is still there after the deadline.</summary>
    internal static void AssertGone(string text)
    {
        long start = Stopwatch.GetTimestamp();
        using ManualResetEventSlim tick = new();
        while (Find(text) is { Count: > 0 } found)
        {
            Assert.True(
                Stopwatch.GetElapsedTime(start) < Deadlines.Death,
                $"left over: {string.Join("; ", found.Select(pid => $"{pid} {CommandLineOf(pid)}"))}");
            tick.Wait(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>Signals by number; kill(1), so that tests need no call of their own.</summary>
    internal static void Signal(int pid, int signal) => Tool.Run("kill", $"-{signal}", $"{pid}");

    private static string CommandLineOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return ""; // It ended between the listing and the reading.
        }
    }
}
