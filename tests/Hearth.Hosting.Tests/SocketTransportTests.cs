using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Hearth.Hosting.Tests;

public sealed class SocketTransportTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-hosting-").FullName;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task A_peer_that_vanishes_is_noticed_within_a_minute()
    {
        await using IConnectionListener listener = await new SocketTransport().BindAsync(new IPEndPoint(IPAddress.Loopback, 0), cancellation);
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint, cancellation);
        await using ConnectionContext connection = (await listener.AcceptAsync(cancellation))!;

        Socket accepted = connection.Features.Get<IConnectionSocketFeature>()!.Socket;
        int idle = Option(SocketOptionName.TcpKeepAliveTime), interval = Option(SocketOptionName.TcpKeepAliveInterval), count = Option(SocketOptionName.TcpKeepAliveRetryCount);
        Assert.NotEqual(0, (int)accepted.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        Assert.True(idle + interval * count <= 60, $"{idle} s, then {count} times {interval} s");

        int Option(SocketOptionName name) => (int)accepted.GetSocketOption(SocketOptionLevel.Tcp, name)!;
    }

    /// <summary>A client that still sends gets all of the output and then its end, not a broken connection.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_ends_in_order_while_its_client_sends(bool isUnix)
    {
        EndPoint address = isUnix ? new UnixDomainSocketEndPoint(Path.Combine(directory, "stream.sock")) : new IPEndPoint(IPAddress.Loopback, 0);
        await using IConnectionListener listener = await new SocketTransport().BindAsync(address, cancellation);
        using Socket client = new(listener.EndPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint, cancellation);
        await using ConnectionContext connection = (await listener.AcceptAsync(cancellation))!;
        Task<long> sending = Task.Run(() => SendAsync(client), cancellation);
        await connection.Transport.Output.WriteAsync("y\n"u8.ToArray(), cancellation);

        Task ending = connection.Features.Get<IStreamEnd>()!.EndAsync(cancellation);
        byte[] output = new byte[100];
        int count = 0;
        for (int read; (read = await client.ReceiveAsync(output.AsMemory(count), cancellation)) > 0; count += read)
        {
        }

        Assert.Equal("y\n"u8.ToArray(), output[..count]);
        Assert.Equal(50 << 20, await sending);
        client.Close();
        await ending.WaitAsync(TimeSpan.FromSeconds(5), cancellation);
        connection.Abort();
    }

    private async Task<long> SendAsync(Socket client)
    {
        byte[] zeros = new byte[1 << 20];
        long sent = 0;
        for (int part = 0; part < 50; part++)
        {
            sent += await client.SendAsync(zeros, cancellation);
        }

        return sent;
    }
}
