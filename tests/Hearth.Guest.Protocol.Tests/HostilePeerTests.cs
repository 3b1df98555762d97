using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Hearth.Guest.Protocol.Frames;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Protocol.Tests;

/// <summary>A guest that breaks the protocol against a real host's channel, and a few times the other way round.</summary>
public sealed class HostilePeerTests
{
    public static TheoryData<string, GuestProtocolError, byte[]> Violations => new()
    {
        { "an unknown type", GuestProtocolError.BadFrame, Frame(7, 1, []) },
        { "type zero", GuestProtocolError.BadFrame, Frame(0, 0, []) },
        { "bytes that must be zero", GuestProtocolError.BadFrame, [3, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9] },
        { "data on the control stream", GuestProtocolError.BadFrame, Frame(3, 0, [1]) },
        { "a message on a data stream", GuestProtocolError.BadFrame, Frame(1, 1, "{}"u8) },
        { "empty data", GuestProtocolError.BadFrame, Frame(3, 1, []) },
        { "a data frame above the limit", GuestProtocolError.BadFrame, Head(3, 1, FrameHeader.MaxDataBytes + 1) },
        { "a message above the limit", GuestProtocolError.BadFrame, Head(1, 0, GuestProtocol.MaxMessageBytes + 1) },
        { "the greatest length there is", GuestProtocolError.BadFrame, Head(1, 0, uint.MaxValue) },
        { "an end with a payload", GuestProtocolError.BadFrame, Frame(4, 1, [1]) },
        { "credit of a wrong size", GuestProtocolError.BadFrame, Frame(5, 1, [1]) },
        { "no credit", GuestProtocolError.BadFrame, Frame(5, 1, [0, 0, 0, 0]) },
        { "more credit than was used", GuestProtocolError.BadFrame, Frame(5, 1, [1, 0, 0, 0]) },
        { "all the credit there is", GuestProtocolError.BadFrame, Frame(5, 1, [255, 255, 255, 255]) },
        { "more credit for messages than was used", GuestProtocolError.BadFrame, Frame(5, 0, [255, 255, 255, 255]) },
        { "a reset with too long a reason", GuestProtocolError.BadFrame, Head(6, 1, FrameHeader.MaxResetReasonBytes + 1) },
        { "an opening, which is the host's", GuestProtocolError.BadFrame, Frame(2, 9, [3]) },
        { "data on a stream that is not open", GuestProtocolError.BadFrame, Frame(3, 9, [1]) },
        { "credit for a stream that is not open", GuestProtocolError.BadFrame, Frame(5, 9, [1, 0, 0, 0]) },
        { "a reset of a stream that is not open", GuestProtocolError.BadFrame, Frame(6, 9, []) },
        { "data against the stream's direction", GuestProtocolError.BadFrame, Frame(3, 2, [1]) },
        { "data after the end", GuestProtocolError.BadFrame, [.. Frame(4, 1, []), .. Frame(3, 1, [1])] },
        { "two ends", GuestProtocolError.BadFrame, [.. Frame(4, 1, []), .. Frame(4, 1, [])] },
        { "data after a reset", GuestProtocolError.BadFrame, [.. Frame(6, 1, []), .. Frame(3, 1, [1])] },
        { "no JSON", GuestProtocolError.BadMessage, Frame(1, 0, "{"u8) },
        { "a message of an unknown type", GuestProtocolError.BadMessage, Frame(1, 0, """{"type":"x"}"""u8) },
        { "more data than credit", GuestProtocolError.CreditOverrun, Flood(3, 1, FrameHeader.MaxDataBytes, GuestProtocol.StreamWindowBytes) },
        {
            "more messages than credit", GuestProtocolError.CreditOverrun,
            Flood(1, 0, Encoding.UTF8.GetBytes("""{"type":"shutdown","x":"PAD"}""".Replace("PAD", new string('x', 100_000), StringComparison.Ordinal)), FrameHeader.ControlWindowBytes)
        },
        { "the transport's end inside a head", GuestProtocolError.TransportFailed, [3, 0, 0] },
        { "the transport's end inside a payload", GuestProtocolError.TransportFailed, [.. Head(3, 1, 100), 1, 2, 3] },
        { "the transport's end inside a message", GuestProtocolError.TransportFailed, [.. Head(1, 0, 4000), 1, 2, 3] },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task A_violation_ends_the_channel_with_its_reason(string what, GuestProtocolError error, byte[] bytes)
    {
        (Stream hostEnd, Stream guestEnd) = await ChannelPair.ConnectAsync();
        await using GuestChannel host = GuestChannel.StartHost(hostEnd);
        GuestDataStream both = host.OpenStream(StreamDirection.Both);
        GuestDataStream input = host.OpenStream(StreamDirection.HostToGuest);
        await SendHelloAsync(guestEnd, host);

        Task sending = Task.Run(() => SendAndCloseAsync(guestEnd, bytes));

        GuestProtocolException failure = await Assert.ThrowsAsync<GuestProtocolException>(host.Completion.InTime);
        Assert.True(error == failure.Error, $"{what}: {failure}");
        await Assert.ThrowsAsync<GuestProtocolException>(() => input.WriteAsync(new byte[1]).InTime());
        await Assert.ThrowsAsync<GuestProtocolException>(() => host.SendAsync(new ShutDownGuest()).InTime());
        await sending.InTime();
        Assert.NotNull(both);
    }

    [Fact]
    public async Task A_host_may_not_open_a_number_twice_or_backwards_or_without_direction()
    {
        byte[][] openings = [Frame(2, 3, [1]), Frame(2, 2, [3]), Frame(2, 4, [0]), Frame(2, 4, [4])];
        foreach (byte[] opening in openings)
        {
            (Stream hostEnd, Stream guestEnd) = await ChannelPair.ConnectAsync();
            await using GuestChannel guest = GuestChannel.StartGuest(guestEnd);
            Task hello = guest.SendAsync(new GuestFailed("hello"));
            await hostEnd.WriteAsync((byte[])[.. Frame(2, 3, [1]), .. opening]);

            await GuestChannelTests.AssertFailsAsync(GuestProtocolError.BadFrame, guest.Completion);
            await hello.InTime();
            await hostEnd.DisposeAsync();
        }
    }

    [Fact]
    public async Task Random_frames_end_in_a_typed_failure_and_hold_no_more_than_the_windows()
    {
        Gen<byte[]> frame = Gen.Select(Gen.Byte[0, 7], Gen.UInt[0, 3], Gen.Byte.Array[0, 600]).Select(
            static (type, stream, payload) => Frame(type, stream, type == 5 ? [1, 0, 0, 0] : payload));
        Gen<byte[]> bytes = Gen.OneOf(frame.Array[1, 20].Select(static frames => frames.SelectMany(static f => f).ToArray()), Gen.Byte.Array[1, 100]);
        await bytes.SampleAsync(
            static async hostile =>
            {
                (MemoryTransport hostEnd, MemoryTransport guestEnd) = MemoryTransport.Connect([7, 4096, 100]);
                await using GuestChannel host = GuestChannel.StartHost(hostEnd);
                host.OpenStream(StreamDirection.Both);
                host.OpenStream(StreamDirection.GuestToHost);
                await SendHelloAsync(guestEnd, host);
                await Task.Run(() => SendAndCloseAsync(guestEnd, hostile)).InTime();
                try
                {
                    await host.Completion.InTime();
                }
                catch (GuestProtocolException e)
                {
                    Assert.NotEqual(GuestProtocolError.StreamReset, e.Error);
                }
            },
            iter: 1000,
            threads: 2);
    }

    private static async Task SendHelloAsync(Stream guestEnd, GuestChannel host)
    {
        await guestEnd.WriteAsync(Frame(1, 0, """{"type":"error","message":"hello"}"""u8));
        Assert.IsType<GuestFailed>(await host.ReceiveAsync().InTime());
    }

    /// <summary>Sends until the host has had enough; reads nothing of what it says.</summary>
    private static async Task SendAndCloseAsync(Stream guestEnd, byte[] bytes)
    {
        try
        {
            await guestEnd.WriteAsync(bytes);
        }
        catch (IOException)
        {
            // The host has closed the transport: that is what the test waits for.
        }
        finally
        {
            if (guestEnd is System.Net.Sockets.NetworkStream socket)
            {
                socket.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            }
            else
            {
                await guestEnd.DisposeAsync();
            }
        }
    }

    private static byte[] Flood(byte type, uint stream, int payloadBytes, int windowBytes) =>
        Flood(type, stream, new byte[payloadBytes], windowBytes);

    private static byte[] Flood(byte type, uint stream, byte[] payload, int windowBytes) =>
        [.. Enumerable.Repeat(Frame(type, stream, payload), (windowBytes / payload.Length) + 1).SelectMany(static frame => frame)];

    private static byte[] Head(byte type, uint stream, uint length)
    {
        byte[] head = new byte[FrameHeader.SizeInBytes];
        head[0] = type;
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), stream);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(8), length);
        return head;
    }

    private static byte[] Frame(byte type, uint stream, ReadOnlySpan<byte> payload) => [.. Head(type, stream, (uint)payload.Length), .. payload];
}
