using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Tests.Support;

namespace Hearth.Keeper.Tests;

/// <summary>Requests with answers, with a guest at the other end of a real socket.</summary>
public sealed class GuestRequestTests
{
    private static readonly GuestStatistics statistics = new() { UptimeUs = 7, Init = new InitStatistics(1, 2, 3) };

    [Fact]
    public async Task Answers_find_their_requests_in_whatever_order_they_come()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        Task<GuestStatistics> asking = guest.Session.QueryStatisticsAsync(CancellationToken.None);
        QueryStatistics first = await guest.HearAsync<QueryStatistics>();
        Task<ProcessList> listing = guest.Session.ListProcessesAsync(CancellationToken.None);
        ListProcesses second = await guest.HearAsync<ListProcesses>();
        Assert.NotEqual(first.RequestId, second.RequestId);

        await guest.SayAsync(new ProcessList([], IsTruncated: true) { RequestId = second.RequestId });
        await guest.SayAsync(statistics with { RequestId = first.RequestId });

        Assert.True((await listing.InTime()).IsTruncated);
        Assert.Equal(7, (await asking.InTime()).UptimeUs);
    }

    [Theory]
    [InlineData(RequestFailure.NotFound, HearthError.GuestPathUnknown)]
    [InlineData(RequestFailure.Refused, HearthError.InvalidRequest)]
    [InlineData(RequestFailure.Unsupported, HearthError.GuestFailed)]
    [InlineData(RequestFailure.System, HearthError.GuestFailed)]
    public async Task A_refusal_comes_with_what_was_to_be_done_and_why_not(RequestFailure reason, HearthError error)
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        Task updating = guest.Session.UpdateLimitsAsync(new ContainerLimits { Pids = 5 }, CancellationToken.None);
        UpdateLimits request = await guest.HearAsync<UpdateLimits>();
        Assert.Equal(5, request.Limits.Pids);

        await guest.SayAsync(new RequestFailed(reason, "the kernel has none") { RequestId = request.RequestId });

        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => updating.InTime());
        Assert.Equal((error, "cannot change the container's limits: the kernel has none"), (failure.Error, failure.Message));
    }

    [Fact]
    public async Task An_answer_of_another_kind_is_a_failure_and_one_to_nobody_is_dropped()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        await guest.SayAsync(new RequestDone([]) { RequestId = 4711 });
        Task<GuestStatistics> asking = guest.Session.QueryStatisticsAsync(CancellationToken.None);
        QueryStatistics request = await guest.HearAsync<QueryStatistics>();

        await guest.SayAsync(new RequestDone([]) { RequestId = request.RequestId });

        Assert.Contains("answered with a RequestDone", (await Assert.ThrowsAsync<HearthException>(() => asking.InTime())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_that_ends_fails_the_requests_under_way()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        Task<GuestStatistics> asking = guest.Session.QueryStatisticsAsync(CancellationToken.None);
        await guest.HearAsync<QueryStatistics>();

        await guest.Channel.DisposeAsync();

        Assert.Equal(HearthError.MachineFailed, (await Assert.ThrowsAsync<HearthException>(() => asking.InTime())).Error);
    }

    [Fact]
    public async Task Who_gives_up_a_request_is_not_held_up_by_it()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        using CancellationTokenSource giveUp = new();
        Task<GuestStatistics> asking = guest.Session.QueryStatisticsAsync(giveUp.Token);
        QueryStatistics request = await guest.HearAsync<QueryStatistics>();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.InTime());
        await guest.SayAsync(statistics with { RequestId = request.RequestId });
        Task clock = guest.Session.SetClockAsync(DateTimeOffset.UnixEpoch.AddSeconds(2), CancellationToken.None);
        SetClock set = await guest.HearAsync<SetClock>();
        Assert.Equal(2_000_000_000, set.UnixTimeNanoseconds);
        await guest.SayAsync(new RequestDone([]) { RequestId = set.RequestId });
        await clock.InTime();
    }

    [Fact]
    public async Task What_the_guest_tells_unasked_is_passed_on()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        TaskCompletionSource<GuestEvent> told = new();
        guest.Session.EventReceived += told.SetResult;

        await guest.SayAsync(new GuestEvent(GuestEventKind.OutOfMemory, 3));

        Assert.Equal(new GuestEvent(GuestEventKind.OutOfMemory, 3), await told.Task.InTime());
    }
}
