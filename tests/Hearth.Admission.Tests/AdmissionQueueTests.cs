using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Records.Tests.Support;

namespace Hearth.Admission.Tests;

public sealed class AdmissionQueueTests
{
    private const long MiB = 1 << 20;

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task So_many_boot_at_once_and_the_next_when_one_has_started()
    {
        AdmissionQueue queue = Queue(boots: 1);
        AdmissionQueue.Turn first = await queue.EnterAsync(Container("one"), cancellation);
        Task<AdmissionQueue.Turn> second = queue.EnterAsync(Container("two"), cancellation);

        Assert.False(second.IsCompleted);
        Assert.Equal(new Occupancy(1, 1, 100 * MiB, Booting: 1, Waiting: 1), queue.Occupancy);
        first.Started();
        first.Dispose();

        (await second).Dispose();
        Assert.True(first.Queued >= TimeSpan.Zero);
        Assert.Equal(new Occupancy(1, 1, 100 * MiB, Booting: 0, Waiting: 0), queue.Occupancy);
    }

    [Fact]
    public async Task A_machine_that_does_not_fit_waits_until_another_has_ended()
    {
        AdmissionQueue queue = Queue(memory: 250 * MiB);
        queue.Hold("running", new MachineShape(1, 90));
        (await Started(queue, "one")).Dispose();
        Task<AdmissionQueue.Turn> waiting = queue.EnterAsync(Container("two"), cancellation);

        Assert.False(waiting.IsCompleted);
        queue.Release("running");

        (await waiting).Dispose();
    }

    [Fact]
    public async Task A_start_that_fails_leaves_its_place()
    {
        AdmissionQueue queue = Queue(memory: 100 * MiB);
        AdmissionQueue.Turn failing = await queue.EnterAsync(Container("one"), cancellation);
        Task<AdmissionQueue.Turn> waiting = queue.EnterAsync(Container("two"), cancellation);

        failing.Dispose();

        (await waiting).Dispose();
        Assert.Equal(0, queue.Occupancy.Containers);
    }

    [Fact]
    public async Task The_urgent_go_first_and_others_in_their_order()
    {
        AdmissionQueue queue = Queue(boots: 1);
        AdmissionQueue.Turn first = await queue.EnterAsync(Container("first"), cancellation);
        List<string> order = [];
        Task[] all =
        [
            .. new[] { ("a", "0"), ("b", "0"), ("urgent", "5"), ("c", "no number"), ("late", "-1"), ("more", "5") }.Select(async start =>
            {
                using AdmissionQueue.Turn turn = await queue.EnterAsync(Container(start.Item1, start.Item2), cancellation);
                order.Add(start.Item1);
            }),
        ];

        first.Dispose();
        await Task.WhenAll(all);

        Assert.Equal(["urgent", "more", "a", "b", "c", "late"], order);
    }

    [Fact]
    public async Task A_turn_that_does_not_come_in_time_is_told_with_what_is_in_use()
    {
        AdmissionQueue queue = Queue(boots: 1, deadline: TimeSpan.FromMilliseconds(50));
        using AdmissionQueue.Turn first = await queue.EnterAsync(Container("one"), cancellation);

        AdmissionException refused = await Assert.ThrowsAsync<AdmissionException>(() => queue.EnterAsync(Container("two"), cancellation));

        Assert.True(refused.MayRetry);
        Assert.Contains("cannot start container 'two': its turn did not come within 0.05 s; 1 of 1 boots", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, queue.Occupancy.Waiting);
    }

    [Fact]
    public async Task A_client_that_leaves_makes_room_for_those_behind_it()
    {
        AdmissionQueue queue = Queue(memory: 250 * MiB);
        queue.Hold("running", new MachineShape(1, 140));
        using CancellationTokenSource leaving = new();
        Task<AdmissionQueue.Turn> large = queue.EnterAsync(Container("large", memory: 200 * MiB), leaving.Token);
        Task<AdmissionQueue.Turn> small = queue.EnterAsync(Container("small"), cancellation);
        Assert.False(small.IsCompleted);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        (await small).Dispose();
    }

    [Theory]
    [InlineData(500, 1, "it needs 510.0 MiB of memory with 10.0 MiB of overhead")]
    [InlineData(90, 3, "it needs 3 processors, and this worker has 2")]
    public async Task What_never_fits_is_refused_at_once(int mebibytes, int processors, string reason)
    {
        AdmissionQueue queue = Queue(memory: 500 * MiB, processors: 2);

        AdmissionException refused = await Assert.ThrowsAsync<AdmissionException>(
            () => queue.EnterAsync(Container("large", memory: mebibytes * MiB, processors: processors), cancellation));

        Assert.False(refused.MayRetry);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processors_are_counted_where_they_are_limited()
    {
        AdmissionQueue queue = Queue(processors: 2);
        (await Started(queue, "one")).Dispose();
        (await Started(queue, "two")).Dispose();
        Task<AdmissionQueue.Turn> third = queue.EnterAsync(Container("three"), cancellation);

        Assert.False(third.IsCompleted);
        queue.Release("two");

        (await third).Dispose();
    }

    [Fact]
    public async Task A_queue_that_drains_refuses_those_that_wait_and_those_that_come()
    {
        AdmissionQueue queue = Queue(boots: 1);
        using AdmissionQueue.Turn first = await queue.EnterAsync(Container("one"), cancellation);
        Task<AdmissionQueue.Turn> waiting = queue.EnterAsync(Container("two"), cancellation);

        queue.IsDraining = true;

        Assert.True((await Assert.ThrowsAsync<AdmissionException>(() => waiting)).MayRetry);
        await Assert.ThrowsAsync<AdmissionException>(() => queue.EnterAsync(Container("three"), cancellation));
        Assert.Throws<AdmissionException>(() => queue.RequireOpen("create a container"));
        queue.IsDraining = false;
        queue.RequireOpen("create a container");
    }

    [Fact]
    public async Task A_container_that_restarts_keeps_its_size_and_boots_before_those_that_wait()
    {
        AdmissionQueue queue = Queue(memory: 250 * MiB, boots: 1);
        using AdmissionQueue.Turn other = await queue.EnterAsync(Container("other"), cancellation);
        queue.Hold("web", new MachineShape(1, 90));
        Task<AdmissionQueue.Turn> large = queue.EnterAsync(Container("large", memory: 140 * MiB), cancellation);

        AdmissionQueue.Place place = queue.Keep(Container("web"));
        queue.Release("web");
        Task<AdmissionQueue.Turn> next = place.EnterAsync();
        queue.IsDraining = true;
        await Assert.ThrowsAsync<AdmissionException>(() => large);
        Assert.False(next.IsCompleted);
        other.Dispose();

        AdmissionQueue.Turn turn = await next;
        Assert.Equal(new Occupancy(1, 1, 100 * MiB, Booting: 1, Waiting: 0), queue.Occupancy);
        turn.Started();
        turn.Dispose();
        place.Dispose();
        Assert.Equal(1, queue.Occupancy.Containers);
    }

    [Theory]
    [InlineData(120, false, 1)]
    [InlineData(140, false, 0)]
    [InlineData(90, true, 0)]
    public void A_restart_is_refused_before_the_container_stops(int mebibytes, bool isDraining, int admitted)
    {
        AdmissionQueue queue = Queue(memory: 240 * MiB);
        queue.Hold("web", new MachineShape(1, 90));
        queue.Hold("other", new MachineShape(1, 90));
        queue.IsDraining = isDraining;

        AdmissionException? refused = Record.Exception(() => queue.Keep(Container("web", memory: mebibytes * MiB)).Dispose()) as AdmissionException;

        Assert.Equal(admitted, refused is null ? 1 : 0);
        Assert.True(refused is null || (refused.MayRetry && refused.Message.StartsWith("cannot restart container 'web': ", StringComparison.Ordinal)));
        Assert.Equal(2, queue.Occupancy.Containers);
    }

    [Fact]
    public async Task The_end_of_an_earlier_run_does_not_release_what_the_next_has_taken()
    {
        HashSet<string> ended = [];
        AdmissionQueue queue = Queue(hasEnded: ended.Contains);
        AdmissionQueue.Turn turn = await queue.EnterAsync(Container("web"), cancellation);
        queue.Release("web");
        Assert.Equal(1, queue.Occupancy.Containers);
        turn.Started();
        turn.Dispose();
        Assert.Equal(1, queue.Occupancy.Containers);

        AdmissionQueue.Turn brief = await queue.EnterAsync(Container("brief"), cancellation);
        ended.Add("brief");
        queue.Release("brief");
        brief.Started();
        brief.Dispose();
        Assert.Equal(1, queue.Occupancy.Containers);
    }

    [Fact]
    public async Task Those_that_start_again_by_themselves_wait_for_the_end_of_a_drain()
    {
        AdmissionQueue queue = Queue();
        await queue.WaitUntilOpenAsync(cancellation);
        queue.IsDraining = true;
        Task waiting = queue.WaitUntilOpenAsync(cancellation);
        Assert.False(waiting.IsCompleted);

        queue.IsDraining = false;

        await waiting;
    }

    [Fact]
    public void Guests_with_processors_of_their_own_boot_side_by_side()
    {
        AdmissionQueue queue = Queue(boots: 0);
        Assert.Equal(Environment.ProcessorCount, queue.MostBoots);

        queue.NoteAccelerator("kvm");
        Assert.Equal(8 * Environment.ProcessorCount, queue.MostBoots);

        queue.NoteAccelerator("tcg");
        Assert.Equal(Environment.ProcessorCount, queue.MostBoots);
    }

    [Fact]
    public async Task A_worker_has_drained_when_its_containers_have_ended_or_their_time_is_over()
    {
        AdmissionQueue queue = Queue();
        Draining draining = new(queue, TimeProvider.System);
        queue.Hold("one", new MachineShape(1, 90));
        Assert.Equal(DrainState.Open, draining.State);

        draining.Begin(TimeSpan.FromHours(1));
        Assert.Equal(DrainState.Draining, draining.State);
        Task drained = draining.WaitAsync(cancellation);
        queue.Release("one");
        await drained;
        Assert.Equal(DrainState.Drained, draining.State);

        queue.Hold("two", new MachineShape(1, 90));
        draining.Begin(TimeSpan.Zero);
        await draining.WaitAsync(cancellation);
        draining.End();
        Assert.Equal(DrainState.Open, draining.State);
        Assert.False(queue.IsDraining);
    }

    [Fact]
    public void The_time_for_containers_to_end_is_as_long_if_the_clock_is_set()
    {
        ManualClock clock = new();
        AdmissionQueue queue = Queue();
        Draining draining = new(queue, clock);
        queue.Hold("one", new MachineShape(1, 90));
        draining.Begin(TimeSpan.FromMinutes(1));

        clock.Jump(TimeSpan.FromDays(1));
        Assert.Equal(DrainState.Draining, draining.State);
        clock.Jump(TimeSpan.FromDays(-2));
        clock.Advance(60_000);
        Assert.Equal(DrainState.Drained, draining.State);
    }

    private async Task<AdmissionQueue.Turn> Started(AdmissionQueue queue, string name)
    {
        AdmissionQueue.Turn turn = await queue.EnterAsync(Container(name), cancellation);
        turn.Started();
        return turn;
    }

    private static AdmissionQueue Queue(long memory = 1L << 40, int processors = 0, int boots = 0, TimeSpan? deadline = null, Func<string, bool>? hasEnded = null) => new(
        new AdmissionLimits
        {
            Memory = new ByteSize(memory),
            Processors = processors,
            Overhead = new ByteSize(10 * MiB),
            Boots = boots,
            Deadline = deadline ?? TimeSpan.FromMinutes(1),
        },
        TimeProvider.System,
        hasEnded);

    private static ContainerDescription Container(string name, string priority = "0", long memory = 90 * MiB, int processors = 1) => new()
    {
        Id = name,
        Name = name,
        Labels = new Dictionary<string, string> { [AdmissionQueue.PriorityLabel] = priority },
        Spec = new ContainerSpec
        {
            Root = new RootSpec { Path = "/" },
            Linux = new LinuxSpec { Resources = new ResourcesSpec { Memory = new MemorySpec { Limit = memory }, Cpu = new CpuSpec { Quota = processors * 100_000, Period = 100_000 } } },
        },
    };
}
