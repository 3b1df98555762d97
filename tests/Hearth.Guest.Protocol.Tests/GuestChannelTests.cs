using Hearth.Guest.Protocol.Frames;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Protocol.Tests;

public sealed class GuestChannelTests
{
    [Fact]
    public async Task Messages_arrive_in_order_both_ways()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        await Task.WhenAll(TalkAsync(pair.Host, pair.Guest), TalkAsync(pair.Guest, pair.Host)).InTime();

        static async Task TalkAsync(GuestChannel from, GuestChannel to)
        {
            Task sending = Task.Run(async () =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    await from.SendAsync(new ProcessExited("p", i, 0));
                }
            });
            for (int i = 0; i < 1000; i++)
            {
                Assert.Equal(new ProcessExited("p", i, 0), await to.ReceiveAsync());
            }

            await sending;
        }
    }

    [Fact]
    public async Task A_message_overtakes_data_that_waits()
    {
        (MemoryTransport hostEnd, MemoryTransport guestEnd) = MemoryTransport.Connect([4096]);
        await using ChannelPair pair = await ChannelPair.OpenAsync(hostEnd, guestEnd);
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.GuestToHost);
        Task writing = Task.Run(async () =>
        {
            await guest.WriteAsync(new byte[20_000_000]);
            await guest.CompleteAsync();
        });
        Task reading = host.CopyToAsync(Stream.Null);

        await pair.Guest.SendAsync(new GuestFailed("urgent")).InTime();
        GuestMessage? message = await pair.Host.ReceiveAsync().InTime();

        Assert.Equal(new GuestFailed("urgent"), message);
        Assert.False(reading.IsCompleted);
        await Task.WhenAll(writing, reading).InTime();
    }

    [Fact]
    public async Task A_peer_that_receives_no_messages_makes_the_sender_wait()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        GuestFailed large = new(new string('x', 1_000_000));
        int sent = 0;
        Task sending = Task.Run(async () =>
        {
            for (; sent < 20; sent++)
            {
                await pair.Guest.SendAsync(large);
            }
        });

        await GuestDataStreamTests.AssertAliveAsync(pair);
        Assert.False(sending.IsCompleted);
        Assert.InRange(sent, 0, FrameHeader.ControlWindowBytes / large.Message.Length);
        for (int received = 0; received < 20; received++)
        {
            Assert.Equal(large, await pair.Host.ReceiveAsync().InTime());
        }

        await sending.InTime();
    }

    [Fact]
    public async Task The_longest_message_passes_and_a_longer_one_is_refused_and_spares_the_channel()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        int frame = """{"type":"error","message":""}""".Length;
        GuestFailed longest = new(new string('x', GuestProtocol.MaxMessageBytes - frame));
        for (int i = 0; i < 3; i++)
        {
            Task sending = pair.Guest.SendAsync(longest);
            Assert.Equal(longest, await pair.Host.ReceiveAsync().InTime());
            await sending.InTime();
        }

        GuestProtocolException refusal =
            await Assert.ThrowsAsync<GuestProtocolException>(() => pair.Guest.SendAsync(new GuestFailed(longest.Message + "x")));
        Assert.Equal(GuestProtocolError.LimitExceeded, refusal.Error);
        await GuestDataStreamTests.AssertAliveAsync(pair);
    }

    [Fact]
    public async Task The_host_sends_nothing_before_the_guest_has_spoken()
    {
        (Stream hostEnd, Stream guestEnd) = await ChannelPair.ConnectAsync();
        await using GuestChannel host = GuestChannel.StartHost(hostEnd);
        GuestDataStream stream = host.OpenStream(StreamDirection.HostToGuest);
        Task sending = host.SendAsync(new ShutDownGuest());
        Assert.False(sending.IsCompleted);

        await using GuestChannel guest = GuestChannel.StartGuest(guestEnd);
        await guest.SendAsync(new GuestFailed("hello")).InTime();

        await sending.InTime();
        Assert.IsType<ShutDownGuest>(await guest.ReceiveAsync().InTime());
        Assert.True(guest.AcceptStream(stream.Id).CanRead);
    }

    [Fact]
    public async Task Closing_one_end_ends_the_other_and_all_that_waits_there()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
        await guest.WriteAsync("last words"u8.ToArray()).InTime();
        await pair.Guest.SendAsync(new GuestFailed("bye")).InTime();
        Assert.Equal(4, await host.ReadAsync(new byte[4]).InTime());
        Assert.Equal(new GuestFailed("bye"), await pair.Host.ReceiveAsync().InTime());
        await host.WriteAsync(new byte[GuestProtocol.StreamWindowBytes]).InTime();
        await pair.Host.SendAsync(new ShutDownGuest()).InTime();
        await pair.Guest.ReceiveAsync().InTime();
        Task write = host.WriteAsync(new byte[1]).AsTask();
        Task<GuestMessage?> receive = pair.Host.ReceiveAsync().AsTask();

        await pair.Guest.DisposeAsync();

        await AssertFailsAsync(GuestProtocolError.Closed, write);
        Assert.Null(await receive.InTime());
        Assert.Null(await pair.Host.ReceiveAsync().InTime());
        await pair.Host.Completion.InTime();
        await pair.Guest.Completion.InTime();
        Assert.Equal(6, await host.ReadAsync(new byte[100]).InTime());
        await AssertFailsAsync(GuestProtocolError.Closed, host.ReadAsync(new byte[100]).AsTask());
        await AssertFailsAsync(GuestProtocolError.Closed, pair.Host.SendAsync(new ShutDownGuest()));
        Assert.Throws<GuestProtocolException>(() => pair.Host.OpenStream(StreamDirection.Both));
    }

    [Fact]
    public async Task The_last_words_of_a_peer_that_is_gone_are_read_even_if_writing_to_it_fails()
    {
        (Stream hostEnd, Stream guestEnd) = await ChannelPair.ConnectAsync();
        await using GuestChannel host = GuestChannel.StartHost(hostEnd);
        await using GuestChannel guest = GuestChannel.StartGuest(guestEnd);
        await guest.SendAsync(new GuestFailed("hello")).InTime();
        GuestDataStream input = host.OpenStream(StreamDirection.HostToGuest);
        for (int i = 0; i < 100; i++)
        {
            await guest.SendAsync(new ProcessExited("p", i, 0)).InTime();
        }

        await guest.DisposeAsync();
        GuestProtocolException failure = await Assert.ThrowsAsync<GuestProtocolException>(async () =>
        {
            while (true)
            {
                await input.WriteAsync(new byte[1]).InTime();
            }
        });

        Assert.True(failure.Error is GuestProtocolError.Closed or GuestProtocolError.TransportFailed);
        Assert.Equal(new GuestFailed("hello"), await host.ReceiveAsync().InTime());
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(new ProcessExited("p", i, 0), await host.ReceiveAsync().InTime());
        }
    }

    [Fact]
    public async Task More_streams_than_allowed_are_refused_where_they_are_opened()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        for (int i = 0; i < GuestProtocol.MaxOpenStreams; i++)
        {
            pair.Host.OpenStream(StreamDirection.Both);
        }

        GuestProtocolException refusal = Assert.Throws<GuestProtocolException>(() => pair.Host.OpenStream(StreamDirection.Both));
        Assert.Equal(GuestProtocolError.LimitExceeded, refusal.Error);
        await pair.Host.SendAsync(new ShutDownGuest()).InTime();
        Assert.IsType<ShutDownGuest>(await pair.Guest.ReceiveAsync().InTime());
    }

    [Fact]
    public async Task A_cancelled_send_or_receive_spares_the_channel()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        using CancellationTokenSource cancellation = new();
        Task<GuestMessage?> receive = pair.Host.ReceiveAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(receive.InTime);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pair.Host.SendAsync(new ShutDownGuest(), new(true)));

        GuestFailed large = new(new string('x', 3_000_000));
        await pair.Guest.SendAsync(large).InTime();
        using CancellationTokenSource second = new();
        Task send = pair.Guest.SendAsync(large, second.Token);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(send.InTime);

        Assert.Equal(large, await pair.Host.ReceiveAsync().InTime());
        await GuestDataStreamTests.AssertAliveAsync(pair);
    }

    internal static async Task AssertFailsAsync(GuestProtocolError error, Task task) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<GuestProtocolException>(task.InTime)).Error);
}
