using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Records.Tests.Support;

namespace Hearth.Control.Tests;

public sealed class ControlConnectionTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    public static TheoryData<byte[]> Nonsense =>
    [
        "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
        (byte[])[3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
        (byte[])[0, 0, 0, 0, 0, 2, 0, 0],
        (byte[])[9, 0, 0, 0, 0, 0, 0, 1, 0],
        (byte[])[1, 1, 0, 0, 0, 0, 0, 1, 0],
        (byte[])[3, 0, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4],
        (byte[])[3, 0, 0, 0, 0, 0, 0, 2, (byte)'{', (byte)'}'],
        (byte[])[3, 0, 0, 0, 0, 0, 0, 11, .. "{\"nope\":{}}"u8],
        (byte[])[3, 0, 0, 0, 0, 0, 0, 11, .. "{\"pause\":1}"u8],
        (byte[])[3, 0, 0, 0, 0, 0, 0, 14, .. "{\"pause\":null}"u8],
        (byte[])[3, 0, 0, 0, 0, 0, 0, 21, .. "{\"pause\":{},\"end\":{}}"u8],
        (byte[])[1, 0, 0, 0, 0, 0, 0, 1, 0],
    ];

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task Nonsense_is_refused_and_ends_nothing_but_its_own_connection(byte[] bytes)
    {
        string directory = Directory.CreateDirectory(place.At("socket")).FullName;
        using Socket listener = ControlSocket.Listen(directory);
        using Socket client = ControlSocket.TryConnect(directory)!;
        using ControlConnection server = new(await listener.AcceptAsync());
        await client.SendAsync(bytes);
        client.Shutdown(SocketShutdown.Send);

        HearthException refusal = await Assert.ThrowsAsync<HearthException>(async () => await server.ReceiveMessageAsync());
        Assert.Equal(HearthError.KeeperFailed, refusal.Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_and_data_arrive_whole_however_long_the_directorys_path_is(bool isBlocking)
    {
        string directory = Directory.CreateDirectory(place.At(Path.Combine(new string('d', 100), new string('e', 100)))).FullName;
        using Socket listener = ControlSocket.Listen(directory);
        using ControlConnection client = new(ControlSocket.TryConnect(directory)!);
        using ControlConnection server = new(await listener.AcceptAsync());

        Task sending = Task.Run(() => isBlocking ? SendBlocking(client) : SendAsync(client));
        Assert.Equal(new ResizeRequest(new WindowSize(80, 24), "exec-1"), await server.ReceiveMessageAsync());
        long received = 0;
        while (await server.ReceiveAsync() is { Payload.IsEmpty: false } frame)
        {
            received += frame.Payload.Length;
        }

        await sending;
        Assert.Equal(100L * ControlFrame.MostDataBytes, received);
        await server.SendAsync(new StartedReply(7));
        await server.SendAsync(ControlFrameKind.Output, "x"u8.ToArray());
        Assert.Equal(new StartedReply(7), isBlocking ? ControlConnection.Parse(client.Receive()!.Value.Payload) : await client.ReceiveMessageAsync());
        Assert.Equal(ControlFrameKind.Output, (isBlocking ? client.Receive() : await client.ReceiveAsync())?.Kind);
        client.Dispose();
        Assert.Null(await server.ReceiveAsync());
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await server.SendAsync(ControlFrameKind.Output, new byte[ControlFrame.MostDataBytes]);
            }
        });
    }

    private static async Task SendAsync(ControlConnection client)
    {
        await client.SendAsync(new ResizeRequest(new WindowSize(80, 24), "exec-1"));
        for (int i = 0; i < 100; i++)
        {
            await client.SendAsync(ControlFrameKind.Input, new byte[ControlFrame.MostDataBytes]);
        }

        await client.SendAsync(ControlFrameKind.Input, ReadOnlyMemory<byte>.Empty);
    }

    private static Task SendBlocking(ControlConnection client)
    {
        client.Send(new ResizeRequest(new WindowSize(80, 24), "exec-1"));
        for (int i = 0; i < 100; i++)
        {
            client.Send(ControlFrameKind.Input, new byte[ControlFrame.MostDataBytes]);
        }

        client.Send(ControlFrameKind.Input, default);
        return Task.CompletedTask;
    }

    [Fact]
    public void Nobody_is_reached_where_nobody_listens()
    {
        Assert.Null(ControlSocket.TryConnect(place.At("nowhere")));
        string directory = Directory.CreateDirectory(place.At("socket")).FullName;
        ControlSocket.Listen(directory).Dispose();
        Assert.Null(ControlSocket.TryConnect(directory));
    }
}
