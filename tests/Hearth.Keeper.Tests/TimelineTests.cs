using Hearth.Containers.Reports;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Records.Tests.Support;

namespace Hearth.Keeper.Tests;

public sealed class TimelineTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public void Phases_stand_in_the_order_of_their_starts_in_milliseconds_since_the_run_began()
    {
        clock.Advance(1000);
        long start = clock.GetTimestamp();
        clock.Advance(2);
        var timeline = new Timeline(clock, start);
        using (timeline.Measure("outer"))
        {
            clock.Advance(3);
            timeline.Add("early", 1, 1.5);
            clock.Advance(4.25);
        }

        Assert.Equal([new Phase("early", 1, 0.5), new Phase("outer", 2, 7.25)], timeline.Phases);
        Assert.Equal(9.25, timeline.Phases[1].EndMs);
    }

    [Fact]
    public void What_fails_is_measured_too()
    {
        var timeline = new Timeline(clock, clock.GetTimestamp());
        Assert.Throws<InvalidOperationException>(new Action(() =>
        {
            using Timeline.Measurement measuring = timeline.Measure("failing");
            clock.Advance(5);
            throw new InvalidOperationException();
        }));
        Assert.Equal(new Phase("failing", 0, 5), Assert.Single(timeline.Phases));
    }

    [Fact]
    public void Nothing_lasts_less_than_nothing_and_times_are_rounded_to_microseconds()
    {
        var timeline = new Timeline(clock, clock.GetTimestamp());
        timeline.Add("backwards", 5, 4);
        timeline.Add("fine", 6.00049, 7.0012);
        Assert.Equal([new Phase("backwards", 5, 0), new Phase("fine", 6, 1.001)], timeline.Phases);
    }

    [Theory]
    // The machine took 100 ms before the guest's clock began; the kernel 200, its init 50 until the first word.
    [InlineData(1000, 1350, 200, 50, 100, 200, 1100, 1300)]
    // A guest that counts more time than there was cannot have begun before its machine.
    [InlineData(1000, 1200, 200, 50, 0, 200, 1000, 1200)]
    // One that tells nothing: all of it was the machine's.
    [InlineData(1000, 1200, 0, 0, 200, 0, 1200, 1200)]
    public void A_guests_own_times_are_put_onto_the_hosts_line(
        double machineStart, double hello, double kernelTook, double initTook, double machine, double kernel, double kernelStart, double initStart)
    {
        var timeline = new Timeline(clock, clock.GetTimestamp());
        clock.Advance(hello + 30);
        GuestHello said = new()
        {
            ProtocolVersion = 1,
            KernelRelease = "6.1",
            Phases = kernelTook == 0 ? [] : [new GuestPhase("kernel", 0, kernelTook), new GuestPhase("modules", kernelTook, initTook)],
        };

        GuestPhases.Add(timeline, said, machineStart, hello);

        Dictionary<string, Phase> phases = timeline.Phases.ToDictionary(phase => phase.Name);
        Assert.Equal(new Phase("machine", machineStart, machine), phases["machine"]);
        Assert.Equal(new Phase("kernel", kernelStart, kernel), phases["kernel"]);
        Assert.Equal(new Phase("init", initStart, hello + 30 - initStart), phases["init"]);
    }
}
