using System.Net;
using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Keeper.Parts.Network.Ports;

namespace Hearth.Keeper.Tests;

public sealed class PublishedPortsTests
{
    [Fact]
    public void Of_a_range_the_first_free_port_is_taken()
    {
        using Socket busy = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        busy.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        busy.Listen();
        int first = ((IPEndPoint)busy.LocalEndPoint!).Port;
        PortMapping wanted = new("127.0.0.1", first, 80, "tcp") { LastHostPort = first + 20 };

        using PortReservation one = PortReservation.Take(wanted);
        using PortReservation two = PortReservation.Take(wanted);
        Assert.InRange(one.Mapping.HostPort, first + 1, first + 19);
        Assert.InRange(two.Mapping.HostPort, one.Mapping.HostPort + 1, first + 20);
        Assert.Equal(0, one.Mapping.LastHostPort);
        HearthException full = Assert.Throws<HearthException>(() => PortReservation.Take(wanted with { LastHostPort = one.Mapping.HostPort }));
        Assert.StartsWith($"cannot publish a port of {first}-{one.Mapping.HostPort} (127.0.0.1:{first}-{one.Mapping.HostPort}/tcp): the host uses all of them", full.Message, StringComparison.Ordinal);
    }

    /// <summary>A client that has vanished without a word would have its place for ever.</summary>
    [Fact]
    public void Relayed_connections_are_probed_while_they_rest()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _ = new SocketConnection(socket);
        Assert.NotEqual(0, (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        Assert.Equal((30, 10, 3), (Option(SocketOptionName.TcpKeepAliveTime), Option(SocketOptionName.TcpKeepAliveInterval), Option(SocketOptionName.TcpKeepAliveRetryCount)));

        int Option(SocketOptionName name) => (int)socket.GetSocketOption(SocketOptionLevel.Tcp, name)!;
    }
}
