using System.Diagnostics;
using Hearth.Machines.Qemu;
using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Qemu;

/// <summary>What becomes of guests whose kernel's measure of the timer goes wrong, as on busy hosts: without a reset some would hang.</summary>
public sealed class QemuTimerTests(GuestImages images) : MachineConformance<QemuUnderTest>(images)
{
    /// <summary>
    /// Told that the time-stamp counter is as fast as none is, the kernel measures for too long and finds a timer of some thousand
    /// MHz: so much that a wait of QEMU's amid the measure does not make up for it.
    /// </summary>
    private const string TooLongAMeasure = "tsc_early_khz=20000000";

    /// <summary>One start and two resets: the first reset left the way open for the second.</summary>
    private const int Starts = 3;

    [Fact]
    public async Task A_guest_that_misjudged_its_timer_is_reset_and_measures_again()
    {
        string log = Lab["console.log"];

        // A guest that opens its channel is not reset any more, and beside other work that may come before the reset does.
        await using IMachine machine = Lab.Configure(
            plain => plain with { KernelArguments = [.. plain.KernelArguments, TooLongAMeasure, GuestScript.NeverOpen], ConsoleLogPath = log });
        Assert.SkipUnless(machine.Accelerator == "tcg", "under KVM nothing has to be measured");
        await machine.BootAsync().WaitAsync(Deadlines.Guest);

        long start = Stopwatch.GetTimestamp();
        using PeriodicTimer tick = new(TimeSpan.FromMilliseconds(50));
        while (MeasuresIn(log) < Starts && await tick.WaitForNextTickAsync())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadlines.Guest, $"The kernel measured {MeasuresIn(log)} times.");
        }

        Assert.Equal(MachineState.Running, machine.State);
    }

    private static int MeasuresIn(string log)
    {
        using StreamReader reader = new(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split(TimerCheck.BeforeSpeed).Length - 1;
    }
}
