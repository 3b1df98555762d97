using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Names;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Names;

namespace Hearth.Keeper.Tests.Names;

public sealed class NameRelayTests
{
    [Fact]
    public async Task Each_query_gets_its_answer_in_any_order()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
        TaskCompletionSource second = new();
        await using NameRelay relay = NameRelay.Start(host, async (query, isDatagram, cancellationToken) =>
        {
            if (query.Span[0] == 1)
            {
                await second.Task.WaitAsync(cancellationToken);
            }

            return query.Span[0] == 3 ? default : (byte[])[.. query.Span, isDatagram ? (byte)'u' : (byte)'t'];
        });
        await guest.WriteAsync(Frame(7, Query(1), NameTransport.Datagram));
        await guest.WriteAsync(Frame(8, Query(2), NameTransport.Stream));
        Assert.Equal((8u, Query(2, (byte)'t')), await TakeAsync(guest));
        second.SetResult();
        Assert.Equal((7u, Query(1, (byte)'u')), await TakeAsync(guest));
        await guest.WriteAsync(Frame(9, Query(3), NameTransport.Stream));
        Assert.Equal((9u, ""), await TakeAsync(guest));

        await guest.CompleteAsync();
        await relay.Completion.InTime();
    }

    [Fact]
    public async Task A_flood_is_taken_only_as_far_as_it_is_answered()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
        using SemaphoreSlim held = new(0);
        using SemaphoreSlim asked = new(0);
        int atOnce = 0;
        int most = 0;
        await using NameRelay relay = NameRelay.Start(host, async (query, _, cancellationToken) =>
        {
            int now = Interlocked.Increment(ref atOnce);
            InterlockedMax(ref most, now);
            asked.Release();
            await held.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref atOnce);
            return query;
        });
        const int Count = 2000;
        Task writing = Task.Run(async () =>
        {
            for (uint id = 0; id < Count; id++)
            {
                await guest.WriteAsync(Frame(id, Query(1), NameTransport.Datagram));
            }
        });
        for (int i = 0; i < NameFrame.MaxOutstanding; i++)
        {
            await asked.WaitAsync().InTime();
        }

        held.Release(Count);
        HashSet<uint> answered = [];
        for (int i = 0; i < Count; i++)
        {
            answered.Add((await TakeAsync(guest)).Id);
        }

        await writing.InTime();
        Assert.Equal((Count, NameFrame.MaxOutstanding), (answered.Count, most));
    }

    [Fact]
    public async Task A_guest_that_breaks_the_protocol_loses_its_stream()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
        await using NameRelay relay = NameRelay.Start(host, (query, _, _) => Task.FromResult(query));
        await guest.WriteAsync(new byte[] { 1, 0, 0, 0, 255, 255, 1, 0 });

        await relay.Completion.InTime();
        GuestProtocolException reset = await Assert.ThrowsAsync<GuestProtocolException>(async () => await guest.ReadExactlyAsync(new byte[1]).InTime());
        Assert.Contains("invalid name query", reset.Message);
    }

    [Fact]
    public async Task An_unexpected_failure_ends_the_relay_which_reports_it()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
        await using NameRelay relay = NameRelay.Start(host, (_, _, _) => throw new InvalidOperationException("a mistake"));
        await guest.WriteAsync(Frame(1, Query(1), NameTransport.Datagram));
        AggregateException failure = await Assert.ThrowsAsync<AggregateException>(() => relay.Completion.InTime());
        Assert.Equal("a mistake", failure.InnerException!.Message);
    }

    [Fact]
    public async Task It_ends_while_queries_wait_and_the_guest_learns_it()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
        TaskCompletionSource asked = new();
        NameRelay relay = NameRelay.Start(host, async (query, _, cancellationToken) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return query;
        });
        await guest.WriteAsync(Frame(1, Query(1), NameTransport.Datagram));
        await asked.Task.InTime();
        await relay.DisposeAsync().AsTask().InTime();
        await Assert.ThrowsAsync<GuestProtocolException>(async () => await guest.ReadExactlyAsync(new byte[1]).InTime());
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static byte[] Query(byte first) => [first, .. new byte[19]];

    private static string Query(byte first, byte last) => Convert.ToHexString([.. Query(first), last]);

    private static byte[] Frame(uint id, byte[] query, NameTransport transport)
    {
        byte[] bytes = [.. new byte[NameFrame.SizeInBytes], .. query];
        new NameFrame(id, query.Length, transport).Write(bytes);
        return bytes;
    }

    private static async Task<(uint Id, string Answer)> TakeAsync(GuestDataStream guest)
    {
        byte[] header = new byte[NameFrame.SizeInBytes];
        await guest.ReadExactlyAsync(header).InTime();
        var frame = NameFrame.ReadAnswer(header);
        byte[] answer = new byte[frame.Length];
        await guest.ReadExactlyAsync(answer).InTime();
        return (frame.Id, Convert.ToHexString(answer));
    }
}
