using CsCheck;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Protocol.Tests;

public sealed class BrokenTransportTests
{
    /// <summary>More than what the conversation below takes, so that some samples break after its end or not at all.</summary>
    private const int ConversationBytes = 60_000;

    [Fact]
    public async Task A_transport_that_breaks_at_any_byte_fails_what_is_under_way_and_hangs_nothing()
    {
        await Gen.Select(Gen.Int[0, ConversationBytes], Gen.Int[1, 3000].Array[1, 5], Gen.Bool).SampleAsync(
            static async sample =>
            {
                (int breaksAfterBytes, int[] readSizes, bool isHostEnd) = sample;
                (MemoryTransport first, MemoryTransport second) = MemoryTransport.Connect(readSizes, breaksAfterBytes);
                await using GuestChannel host = GuestChannel.StartHost(isHostEnd ? first : second);
                await using GuestChannel guest = GuestChannel.StartGuest(isHostEnd ? second : first);
                Task[] parts = [ServeAsync(guest), AskAsync(host)];
                foreach (Task part in parts)
                {
                    await AssertDoneOrTypedFailureAsync(part);
                }

                await host.DisposeAsync();
                await AssertDoneOrTypedFailureAsync(host.Completion);
                await AssertDoneOrTypedFailureAsync(guest.Completion);
            },
            iter: 400,
            threads: 2);
    }

    private static async Task AskAsync(GuestChannel host)
    {
        await host.ReceiveAsync();
        GuestDataStream stream = host.OpenStream(StreamDirection.Both);
        await host.SendAsync(new StartProcess { ProcessId = "p", Arguments = ["cat"], StandardInputStream = stream.Id });
        await Task.WhenAll(WriteAsync(stream), ReadToEndAsync(stream));
        await host.ReceiveAsync();

        // Some by the writer's thread, some by this one.
        static async Task WriteAsync(GuestDataStream stream)
        {
            await Task.Yield();
            for (int i = 0; i < 10; i++)
            {
                await stream.WriteAsync(new byte[1000]);
                stream.Write(new byte[1000]);
            }

            await stream.CompleteAsync();
        }
    }

    private static async Task ServeAsync(GuestChannel guest)
    {
        await guest.SendAsync(new GuestHello { ProtocolVersion = GuestProtocol.Version, KernelRelease = "6.1" });
        if (await guest.ReceiveAsync() is StartProcess start)
        {
            GuestDataStream stream = guest.AcceptStream(start.StandardInputStream);
            await stream.CopyToAsync(stream);
            await stream.CompleteAsync();
            await guest.SendAsync(new ProcessExited(start.ProcessId, 0, 0));
        }
    }

    private static async Task ReadToEndAsync(GuestDataStream stream)
    {
        byte[] buffer = new byte[700];
        while (await stream.ReadAsync(buffer) > 0)
        {
        }
    }

    private static async Task AssertDoneOrTypedFailureAsync(Task task)
    {
        try
        {
            await task.InTime();
        }
        catch (GuestProtocolException e)
        {
            Assert.True(e.Error is GuestProtocolError.TransportFailed or GuestProtocolError.Closed, $"{e.Error}: {e.Message}");
        }
    }
}
