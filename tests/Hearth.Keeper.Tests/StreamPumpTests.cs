using System.Text;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Streams;
using Hearth.Keeper.Tests.Support;

namespace Hearth.Keeper.Tests;

/// <summary>Bytes between a guest's process and its caller.</summary>
public sealed class StreamPumpTests
{
    private int firstOutputs;

    [Fact]
    public async Task Outputs_arrive_apart_and_unchanged_and_the_first_byte_is_told_once()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, StartProcess request) = await guest.StartAsync("main");
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        Task pumping = Start(process, new WorkloadStreams { Output = output, Error = error });
        byte[] bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);

        await SendAsync(guest.Channel.AcceptStream(request.StandardErrorStream), "oops"u8.ToArray());
        await SendAsync(guest.Channel.AcceptStream(request.StandardOutputStream), bytes);
        await pumping.InTime();

        Assert.Equal(bytes, output.ToArray());
        Assert.Equal("oops", Encoding.ASCII.GetString(error.ToArray()));
        Assert.Equal(1, firstOutputs);
    }

    [Fact]
    public async Task No_output_is_no_first_output()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, StartProcess request) = await guest.StartAsync("main", terminal: true);
        using var output = new MemoryStream();
        Task pumping = Start(process, new WorkloadStreams { Output = output, Error = output });
        await SendAsync(guest.Channel.AcceptStream(request.StandardOutputStream), []);
        await pumping.InTime();
        Assert.Equal(0, firstOutputs);
    }

    [Fact]
    public async Task Input_reaches_the_process_to_its_end()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, StartProcess request) = await guest.StartAsync("main", takesInput: true);
        byte[] bytes = new byte[300_000];
        new Random(2).NextBytes(bytes);
        Task pumping = Start(process, new WorkloadStreams { Input = new MemoryStream(bytes), Output = Stream.Null, Error = Stream.Null });
        using var received = new MemoryStream();
        await guest.Channel.AcceptStream(request.StandardInputStream).CopyToAsync(received).InTime();
        Assert.Equal(bytes, received.ToArray());
        await EndOutputsAsync(guest, request, pumping);
    }

    [Fact]
    public async Task Input_that_fails_is_no_end_of_input()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, StartProcess request) = await guest.StartAsync("main", takesInput: true);
        Task pumping = Start(process, new WorkloadStreams { Input = new FailingStream(), Output = Stream.Null, Error = Stream.Null });
        GuestDataStream input = guest.Channel.AcceptStream(request.StandardInputStream);
        GuestProtocolException failure = await Assert.ThrowsAsync<GuestProtocolException>(() => input.ReadAsync(new byte[1]).InTime());
        Assert.Contains("the caller's input failed: it broke", failure.Message, StringComparison.Ordinal);
        await EndOutputsAsync(guest, request, pumping);
    }

    [Fact]
    public async Task A_caller_that_stops_reading_breaks_the_processs_pipe_and_ends_nothing_else()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        (GuestProcess process, StartProcess request) = await guest.StartAsync("main");
        using var error = new MemoryStream();
        Task pumping = Start(process, new WorkloadStreams { Output = new FailingStream(), Error = error });
        GuestDataStream output = guest.Channel.AcceptStream(request.StandardOutputStream);

        await Assert.ThrowsAsync<GuestProtocolException>(async () =>
        {
            while (true)
            {
                await output.WriteAsync("line\n"u8.ToArray()).InTime();
            }
        });
        await SendAsync(guest.Channel.AcceptStream(request.StandardErrorStream), "still here"u8.ToArray());

        await pumping.InTime();
        Assert.Equal("still here", Encoding.ASCII.GetString(error.ToArray()));
    }

    private Task Start(GuestProcess process, WorkloadStreams streams) =>
        StreamPump.StartAsync(process, streams, () => Interlocked.Increment(ref firstOutputs));

    private static async Task SendAsync(GuestDataStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes).InTime();
        await stream.CompleteAsync().InTime();
    }

    private static async Task EndOutputsAsync(GuestEnd guest, StartProcess request, Task pumping)
    {
        await SendAsync(guest.Channel.AcceptStream(request.StandardOutputStream), []);
        await SendAsync(guest.Channel.AcceptStream(request.StandardErrorStream), []);
        await pumping.InTime();
    }

    private sealed class FailingStream : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new IOException("it broke");

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("nobody reads");
    }
}
