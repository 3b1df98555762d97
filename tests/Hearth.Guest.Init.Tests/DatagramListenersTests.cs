using Hearth.Guest.Init.Network;

namespace Hearth.Guest.Init.Tests;

/// <summary>Lines of /proc/net/udp and /proc/net/udp6; the addresses are written as the kernel does it, and the port is 53.</summary>
public sealed class DatagramListenersTests
{
    private const string AnyPeer = "00000000:0000";
    private const string AnyPeer6 = "00000000000000000000000000000000:0000";

    [Theory]
    [InlineData(true, "0100007F:0035")]
    [InlineData(true, "0100007F:0035", "3500007F:0035")]
    [InlineData(true, "0100007F:0035", "00000000:0036")]
    [InlineData(true, "0000000000000000FFFF00000100007F:0035")]
    [InlineData(true, "0100007F:0035", "00000000000000000000000001000000:0035")]
    [InlineData(false)]
    [InlineData(false, "3500007F:0035")]
    [InlineData(false, "00000000000000000000000001000000:0035")]
    [InlineData(false, "0100007F:0035", "00000000:0035")]
    [InlineData(false, "0100007F:0035", "05001DAC:0035")]
    [InlineData(false, "0100007F:0035", "00000000000000000000000000000000:0035")]
    [InlineData(false, "0100007F:0135")]
    public void A_server_that_other_addresses_lead_to_has_precedence(bool isOnLoopbackOnly, params string[] listening) =>
        Assert.Equal(isOnLoopbackOnly, DatagramListeners.IsOnLoopbackOnly([.. listening.Select(local => Line(local, local.Length > 13 ? AnyPeer6 : AnyPeer))], 53));

    [Fact]
    public void A_client_is_no_server() => Assert.False(DatagramListeners.IsOnLoopbackOnly([Line("0100007F:0035", "0100007F:1234")], 53));

    [Fact]
    public void What_is_no_line_is_left_out() => Assert.False(DatagramListeners.IsOnLoopbackOnly(["", "1: 2", "1: x:y z:z"], 53));

    [Fact]
    public void The_kernels_own_lists_are_read()
    {
        using System.Net.Sockets.Socket server = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
        server.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        ushort port = (ushort)((System.Net.IPEndPoint)server.LocalEndPoint!).Port;
        Assert.True(DatagramListeners.IsOnLoopbackOnly(port));
        server.Close();
        Assert.False(DatagramListeners.IsOnLoopbackOnly(port));
    }

    private static string Line(string local, string peer) => $"  177: {local} {peer} 07 00000000:00000000 00:00000000 00000000     0        0 12345 2 0000000000000000 0";
}
