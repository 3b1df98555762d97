using System.Diagnostics;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>
/// Lives of containers at random, with keepers, monitors and clients killed in between: for half a minute among the other tests,
/// for as long as <c>./dev soak MINUTES</c> says. Whatever happened, every command ends, and at the end nothing is left.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output) : IDisposable
{
    private const double ShortMinutes = 25.0 / 60;

    /// <summary>More at once would be a test of the host's memory.</summary>
    private const int MostContainers = 4;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Nothing_is_left_after_many_lives_and_deaths()
    {
        TimeSpan duration = SoakSettings.Duration(ShortMinutes);
        int seed = SoakSettings.Seed;
        output.WriteLine($"{SoakSettings.SeedVariable}={seed}");
        SoakWorkload workload = new(sandbox, BusyboxTree.Make(sandbox), new Random(seed), MostContainers);
        int mountsBefore = MountCount();

        long start = Stopwatch.GetTimestamp();
        do
        {
            workload.Step();
        }
        while (Stopwatch.GetElapsedTime(start) < duration);

        output.WriteLine(workload.Summary);
        workload.RemoveAll();
        sandbox.SettleCrashes();
        sandbox.AssertNothingLeft();
        Assert.Empty(sandbox.Hearth("volume", "ls", "-q").Split('\n', StringSplitOptions.RemoveEmptyEntries).Except([SoakWorkload.Volume]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(sandbox.StateDirectory, "names")));
        Assert.Equal(mountsBefore, MountCount());
    }

    /// <summary>Of this test's own paths; others come and go with the tests beside.</summary>
    private int MountCount() => File.ReadLines("/proc/self/mountinfo").Count(line => line.Contains(sandbox.Root, StringComparison.Ordinal));
}
