using Hearth.Machines.Qemu;
using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Qemu;

/// <summary>What becomes of guests of busy hosts, whose kernel's measure of the timer comes to nothing: without a reset they would hang.</summary>
public sealed class QemuTimerTests(GuestImages images) : MachineConformance<QemuUnderTest>(images)
{
    /// <summary>Told that the time-stamp counter is this slow, the kernel measures for no time at all.</summary>
    private const string NoTimeToMeasure = "tsc_early_khz=100";

    /// <summary>One start and two resets: the first reset left the way open for the second.</summary>
    private const int Starts = 3;

    [Fact]
    public async Task A_guest_that_found_no_timer_is_reset_and_measures_again()
    {
        string log = Lab["console.log"];
        await using IMachine machine = Lab.Configure(plain => plain with { KernelArguments = [.. plain.KernelArguments, NoTimeToMeasure], ConsoleLogPath = log });
        Assert.SkipUnless(machine.Accelerator == "tcg", "under KVM nothing has to be measured");
        await machine.BootAsync().WaitAsync(Deadlines.Guest);

        Assert.True(SpinWait.SpinUntil(() => MeasuresIn(log) >= Starts, Deadlines.Guest), $"The kernel measured {MeasuresIn(log)} times.");
        Assert.Equal(MachineState.Running, machine.State);
    }

    private static int MeasuresIn(string log)
    {
        using StreamReader reader = new(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split(TimerCheck.BeforeSpeed).Length - 1;
    }
}
