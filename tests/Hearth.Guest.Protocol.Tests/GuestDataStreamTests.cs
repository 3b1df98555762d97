using System.Security.Cryptography;
using CsCheck;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Protocol.Tests;

public sealed class GuestDataStreamTests
{
    private const int TransferBytes = 100_000_000;

    [Fact]
    public async Task A_hundred_megabytes_each_way_at_once_arrive_unchanged()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);

        byte[][] digests = await Task.WhenAll(
            WriteRandomAsync(host, 1, TransferBytes), DigestAsync(guest), WriteRandomAsync(guest, 2, TransferBytes), DigestAsync(host));

        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[2], digests[3]);
    }

    [Fact]
    public async Task A_stream_without_a_reader_stalls_neither_another_stream_nor_the_messages()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (_, GuestDataStream stuck) = await pair.OpenStreamAsync(StreamDirection.GuestToHost);
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.GuestToHost);
        Task stuckWrite = stuck.WriteAsync(new byte[2 * GuestProtocol.StreamWindowBytes]).AsTask();

        byte[][] digests = await Task.WhenAll(WriteRandomAsync(guest, 3, 5_000_000), DigestAsync(host)).InTime();
        await pair.Guest.SendAsync(new GuestFailed("still here")).InTime();

        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(new GuestFailed("still here"), await pair.Host.ReceiveAsync().InTime());
        Assert.False(stuckWrite.IsCompleted);
    }

    [Fact]
    public async Task A_stream_without_a_reader_holds_one_window_and_goes_on_when_it_is_read()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.HostToGuest);
        byte[] bytes = RandomNumberGenerator.GetBytes(GuestProtocol.StreamWindowBytes + 1);

        await host.WriteAsync(bytes.AsMemory(0, GuestProtocol.StreamWindowBytes)).InTime();
        Task last = host.WriteAsync(bytes.AsMemory(GuestProtocol.StreamWindowBytes)).AsTask();
        await pair.Host.SendAsync(new ShutDownGuest()).InTime();
        await pair.Guest.ReceiveAsync().InTime();
        Assert.False(last.IsCompleted);
        Assert.Equal((1, GuestProtocol.StreamWindowBytes), (pair.Host.BacklogInBytes, pair.Guest.BacklogInBytes));

        byte[] read = new byte[bytes.Length];
        await guest.ReadExactlyAsync(read).InTime();
        await last.InTime();
        Assert.Equal((0, 0), (pair.Host.BacklogInBytes, pair.Guest.BacklogInBytes));
        Assert.Equal(bytes, read);
    }

    [Fact]
    public async Task A_stream_that_ended_before_the_guest_asks_for_it_still_has_its_bytes()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        GuestDataStream host = pair.Host.OpenStream(StreamDirection.HostToGuest);
        await host.WriteAsync("short"u8.ToArray()).InTime();
        await host.CompleteAsync().InTime();
        await pair.Host.SendAsync(new ShutDownGuest()).InTime();
        await pair.Guest.ReceiveAsync().InTime();

        GuestDataStream guest = pair.Guest.AcceptStream(host.Id);
        byte[] read = new byte[5];
        await guest.ReadExactlyAsync(read).InTime();

        Assert.Equal("short"u8.ToArray(), read);
        Assert.Equal(0, await guest.ReadAsync(read).InTime());
        Assert.Throws<GuestProtocolException>(() => pair.Guest.AcceptStream(host.Id));
    }

    [Fact]
    public async Task The_end_right_after_a_burst_loses_nothing_in_200_tries()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        for (int attempt = 0; attempt < 200; attempt++)
        {
            string processId = $"p{attempt}";
            GuestDataStream output = pair.Host.OpenStream(StreamDirection.GuestToHost);
            GuestDataStream error = pair.Host.OpenStream(StreamDirection.GuestToHost);
            await pair.Host.SendAsync(new StartProcess
            {
                ProcessId = processId, Arguments = ["burst"], StandardOutputStream = output.Id, StandardErrorStream = error.Id,
            });
            Task guest = BurstAsync(pair.Guest, attempt);

            Task<byte[]> errorDigest = DigestAsync(error);
            byte[] outputDigest = await DigestAsync(output).InTime();
            Assert.Equal(SHA256.HashData(Burst(attempt)), outputDigest);
            Assert.Equal(SHA256.HashData(Burst(attempt + 1)), await errorDigest.InTime());
            Assert.Equal(new ProcessExited(processId, 0, 0), await pair.Host.ReceiveAsync().InTime());
            await guest;
        }

        static async Task BurstAsync(GuestChannel channel, int attempt)
        {
            StartProcess start = Assert.IsType<StartProcess>(await channel.ReceiveAsync());
            await Task.WhenAll(
                WriteBurstAsync(channel.AcceptStream(start.StandardOutputStream), attempt),
                WriteBurstAsync(channel.AcceptStream(start.StandardErrorStream), attempt + 1));
            await channel.SendAsync(new ProcessExited(start.ProcessId, 0, 0));
        }

        static async Task WriteBurstAsync(GuestDataStream stream, int seed)
        {
            await stream.WriteAsync(Burst(seed));
            await stream.CompleteAsync();
        }

        static byte[] Burst(int seed)
        {
            byte[] bytes = new byte[(seed * 7919) % 300_000];
            new Random(seed).NextBytes(bytes);
            return bytes;
        }
    }

    [Fact]
    public async Task Three_hundred_streams_at_once_keep_their_bytes_apart()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        List<Task> transfers = [];
        for (int i = 0; i < 300; i++)
        {
            (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
            transfers.Add(CompareAsync(host, guest, 2 * i));
            transfers.Add(CompareAsync(guest, host, (2 * i) + 1));
        }

        await Task.WhenAll(transfers).InTime();

        static async Task CompareAsync(GuestDataStream from, GuestDataStream to, int seed)
        {
            byte[][] digests = await Task.WhenAll(WriteRandomAsync(from, seed, 100_000), DigestAsync(to));
            Assert.Equal(digests[0], digests[1]);
        }
    }

    [Fact]
    public async Task Any_cut_of_the_transport_leaves_the_bytes_whole()
    {
        await Gen.Select(Gen.Int[1, 5000].Array[1, 8], Gen.Int[1, 90_000].Array[1, 6]).SampleAsync(
            static async sample =>
            {
                (int[] readSizes, int[] writes) = sample;
                (MemoryTransport hostEnd, MemoryTransport guestEnd) = MemoryTransport.Connect(readSizes);
                await using ChannelPair pair = await ChannelPair.OpenAsync(hostEnd, guestEnd);
                (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
                byte[] bytes = RandomNumberGenerator.GetBytes(writes.Sum());

                Task<byte[]> atGuest = DigestAsync(guest);
                Task<byte[]> atHost = DigestAsync(host);
                int offset = 0;
                foreach (int length in writes)
                {
                    await Task.WhenAll(
                        host.WriteAsync(bytes, offset, length, default), guest.WriteAsync(bytes, offset, length, default)).InTime();
                    offset += length;
                }

                await Task.WhenAll(host.CompleteAsync(), guest.CompleteAsync()).InTime();
                byte[] sent = SHA256.HashData(bytes);
                Assert.Equal(sent, await atGuest.InTime());
                Assert.Equal(sent, await atHost.InTime());
            },
            iter: 60,
            threads: 2);
    }

    [Fact]
    public async Task Ending_one_direction_leaves_the_other_open()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);

        await host.CompleteAsync().InTime();
        Assert.Equal(0, await guest.ReadAsync(new byte[10]).InTime());
        await guest.WriteAsync("answer"u8.ToArray()).InTime();
        await guest.CompleteAsync().InTime();

        using StreamReader text = new(host);
        Assert.Equal("answer", await text.ReadToEndAsync().InTime());
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.WriteAsync(new byte[1]).AsTask());
    }

    [Fact]
    public async Task A_reset_fails_both_sides_of_the_stream_with_its_reason_and_spares_the_channel()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.HostToGuest);
        Task write = host.WriteAsync(new byte[2 * GuestProtocol.StreamWindowBytes]).AsTask();

        guest.Reset("the process closed its standard input");

        GuestProtocolException failure = await Assert.ThrowsAsync<GuestProtocolException>(write.InTime);
        Assert.Equal(GuestProtocolError.StreamReset, failure.Error);
        Assert.Contains("closed its standard input", failure.Message, StringComparison.Ordinal);
        failure = await Assert.ThrowsAsync<GuestProtocolException>(() => guest.ReadAsync(new byte[1]).InTime());
        Assert.Equal(GuestProtocolError.StreamReset, failure.Error);
        failure = await Assert.ThrowsAsync<GuestProtocolException>(() => host.WriteAsync(new byte[1]).InTime());
        Assert.Equal(GuestProtocolError.StreamReset, failure.Error);
        await AssertAliveAsync(pair);
    }

    [Fact]
    public async Task Streams_that_end_or_are_given_up_make_room_for_others()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        for (int i = 0; i < 2 * GuestProtocol.MaxOpenStreams; i++)
        {
            (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
            await host.WriteAsync(new byte[100]).InTime();
            switch (i % 4)
            {
                case 0:
                    await host.DisposeAsync();
                    break;
                case 1:
                    await guest.DisposeAsync();
                    break;
                case 2:
                    await host.DisposeAsync();
                    await guest.DisposeAsync();
                    break;
                default:
                    await Task.WhenAll(host.CompleteAsync(), guest.CompleteAsync()).InTime();
                    break;
            }
        }

        await AssertAliveAsync(pair);
    }

    [Fact]
    public async Task Cancelling_a_read_loses_no_byte_and_cancelling_a_write_spares_the_channel()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.HostToGuest);
        using CancellationTokenSource cancellation = new();
        Task<int> read = guest.ReadAsync(new byte[10], cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(read.InTime);

        await host.WriteAsync(new byte[GuestProtocol.StreamWindowBytes]).InTime();
        using CancellationTokenSource second = new();
        Task write = host.WriteAsync(new byte[10], second.Token).AsTask();
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(write.InTime);

        await Task.WhenAll(
            host.CompleteAsync(), Assert.ThrowsAnyAsync<OperationCanceledException>(() => pair.Guest.ReceiveAsync(new(true)).AsTask()));
        Assert.Equal(SHA256.HashData(new byte[GuestProtocol.StreamWindowBytes]), await DigestAsync(guest).InTime());
        await AssertAliveAsync(pair);
    }

    [Fact]
    public async Task A_second_read_or_write_while_one_is_under_way_is_refused()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.HostToGuest);
        Task<int> read = guest.ReadAsync(new byte[1]).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => guest.ReadAsync(new byte[1]).AsTask());
        Task write = host.WriteAsync(new byte[GuestProtocol.StreamWindowBytes * 2]).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.WriteAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<NotSupportedException>(() => host.ReadAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<NotSupportedException>(() => guest.WriteAsync(new byte[1]).AsTask());
        Assert.Equal(1, await read.InTime());
        Assert.False(write.IsCompleted);
    }

    [Fact]
    public async Task Blocking_reads_and_writes_work_as_well()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.HostToGuest);
        byte[] bytes = RandomNumberGenerator.GetBytes(1_000_000);
        Task writing = Task.Run(() =>
        {
            host.Write(bytes);
            host.CompleteAsync().Wait();
        });

        using MemoryStream read = new();
        guest.CopyTo(read);

        await writing.InTime();
        Assert.Equal(bytes, read.ToArray());
    }

    [Fact]
    public async Task Blocking_writers_take_turns_with_others_and_every_byte_arrives_in_order()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        List<Task<byte[]>> digests = [];
        for (int i = 0; i < 3; i++)
        {
            (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
            digests.AddRange(WriteBlockingAsync(host, i, 1_000_000), DigestAsync(guest), WriteRandomAsync(guest, i + 3, 1_000_000), DigestAsync(host));
        }

        for (int i = 0; i < 200; i++)
        {
            await pair.Host.SendAsync(new ShutDownGuest()).InTime();
            Assert.IsType<ShutDownGuest>(await pair.Guest.ReceiveAsync().AsTask().InTime());
        }

        byte[][] all = await Task.WhenAll(digests).InTime();
        Assert.All(all.Chunk(2), pair => Assert.Equal(pair[0], pair[1]));
    }

    [Fact]
    public async Task A_blocking_write_fails_when_its_channel_ends()
    {
        await using ChannelPair pair = await ChannelPair.OpenAsync();
        (GuestDataStream host, _) = await pair.OpenStreamAsync(StreamDirection.HostToGuest);
        Task writing = Task.Run(() => host.Write(new byte[GuestProtocol.StreamWindowBytes * 2]));
        await pair.Guest.DisposeAsync();
        GuestProtocolException failure = await Assert.ThrowsAsync<GuestProtocolException>(() => writing.InTime());
        Assert.True(failure.Error is GuestProtocolError.Closed or GuestProtocolError.TransportFailed, failure.Message);
    }

    internal static async Task AssertAliveAsync(ChannelPair pair)
    {
        (GuestDataStream host, GuestDataStream guest) = await pair.OpenStreamAsync(StreamDirection.Both);
        byte[][] digests = await Task.WhenAll(
            WriteRandomAsync(host, 1, 600_000), DigestAsync(guest), WriteRandomAsync(guest, 2, 600_000), DigestAsync(host)).InTime();
        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[2], digests[3]);
        Assert.False(pair.Host.Completion.IsCompleted);
        Assert.False(pair.Guest.Completion.IsCompleted);
    }

    private static Task<byte[]> WriteBlockingAsync(GuestDataStream stream, int seed, int totalBytes) => Task.Run(async () =>
    {
        Random random = new(seed);
        byte[] bytes = new byte[totalBytes];
        random.NextBytes(bytes);
        for (int start = 0, length; start < totalBytes; start += length)
        {
            length = Math.Min(random.Next(1, random.Next(2, 100_000)), totalBytes - start);
            stream.Write(bytes, start, length);
        }

        await stream.CompleteAsync();
        return SHA256.HashData(bytes);
    });

    private static Task<byte[]> WriteRandomAsync(GuestDataStream stream, int seed, int totalBytes) => Task.Run(async () =>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Random random = new(seed);
        byte[] bytes = new byte[100_000];
        for (int written = 0; written < totalBytes; written += bytes.Length)
        {
            random.NextBytes(bytes);
            hash.AppendData(bytes);
            await stream.WriteAsync(bytes);
        }

        await stream.CompleteAsync();
        return hash.GetHashAndReset();
    });

    private static Task<byte[]> DigestAsync(GuestDataStream stream) => Task.Run(async () => await SHA256.HashDataAsync(stream));
}
