using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;
using Hearth.Network.UserMode;

namespace Hearth.Network.Tests.UserMode;

/// <summary>Which of a guest's frames passt gets. The guest's root can send any frame.</summary>
public sealed class FrameFilterTests
{
    private const ushort Port = 9999;

    private static readonly FrameFilter filter = new([IPNetwork.Parse("192.0.2.1/32"), IPNetwork.Parse("2001:db8::1/128")]);

    [Theory]
    [InlineData("192.0.2.9", true)]
    [InlineData("10.0.2.2", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("2001:db8::9", true)]
    [InlineData("ff02::2", true)]
    [InlineData("192.0.2.1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.1.2.3", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("192.0.0.192", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fe80::1", false)]
    public void The_destination_decides(string destination, bool passes) => Assert.Equal(passes, filter.Admits(Frame(IPAddress.Parse(destination))));

    [Fact]
    public void Neighbours_are_asked_for_and_other_protocols_and_cut_frames_are_dropped()
    {
        Assert.True(filter.Admits([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 6]));
        byte[] neighbour = Frame(IPAddress.Parse("fe80::1"));
        neighbour[20] = 58;
        Assert.True(filter.Admits(neighbour));
        Assert.False(filter.Admits([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0]));
        Assert.False(filter.Admits(Frame(IPAddress.Parse("192.0.2.9")).AsSpan(0, 33)));
        Assert.False(filter.Admits(Frame(IPAddress.Parse("2001:db8::9")).AsSpan(0, 53)));
        Assert.False(filter.Admits([]));
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public void Answers_to_the_hosts_own_connections_pass(string host)
    {
        FrameFilter own = new([IPNetwork.Parse($"{host}/{(host.Contains(':') ? 128 : 32)}")]);
        byte[] request = Frame(IPAddress.Parse(host));
        Assert.False(own.Admits(request));

        own.Learn(Reverse(request));

        Assert.True(own.Admits(request));
        request[^20]++;
        Assert.False(own.Admits(request));
    }

    /// <summary>passt itself connects to the host's 127.0.0.1 for a guest that asks for it by a frame of its own making.</summary>
    [Fact]
    public void Passt_gets_no_frame_to_the_hosts_loopback_and_answers_others() => OwnNamespace.Run(() =>
    {
        using RouteSocket routes = RouteSocket.Open();
        Links.SetUp(routes, Links.Find(routes, "lo")!.Index);
        Links.CreatePair(routes, "uplink", "wire");
        int uplink = Links.Find(routes, "uplink")!.Index;
        using Host outside = new();
        outside.Plug(routes, "wire", [2, 0, 0, 0, 0, 9], [("192.0.2.9", 24)], []);
        Links.SetUp(routes, uplink);
        Addresses.Add(routes, new AddressInfo(uplink, IPAddress.Parse("192.0.2.1"), 24));
        Routes.Add(routes, new RouteInfo(IPAddress.Any, 0, IPAddress.Parse("192.0.2.9"), uplink));
        using TcpListener inside = new(IPAddress.Any, Port);
        inside.Start();
        using TcpListener there = outside.Do(() =>
        {
            TcpListener listener = new(IPAddress.Any, Port);
            listener.Start();
            return listener;
        });

        using ForwardedNetwork network = ForwardedNetwork.Start("/usr/bin/passt", (200000, 200000), []);
        using Socket guest = new(new SafeSocketHandle(network.GuestEnd.DangerousGetHandle(), ownsHandle: false));
        Send(guest, [.. Connect("127.0.0.1"), .. Connect("10.0.2.2"), .. Connect("192.0.2.1"), .. Connect("192.0.2.9")]);

        byte[] answer = new byte[4096];
        guest.ReceiveTimeout = 10_000;
        int count = guest.Receive(answer);
        Assert.Equal("192.0.2.9", new IPAddress(answer.AsSpan(4 + 14 + 12, 4)).ToString());
        Assert.True(count > 0);
        Assert.False(inside.Pending());
        Assert.Null(network.Failure);
    });

    [Fact]
    public void A_passt_that_ends_says_why() => OwnNamespace.Run(() =>
    {
        using ForwardedNetwork network = ForwardedNetwork.Start("/usr/bin/passt", (200000, 200000), []);

        Assert.True(SpinWait.SpinUntil(() => network.Failure is not null, TimeSpan.FromSeconds(30)));
        Assert.Contains("interface", network.Failure, StringComparison.OrdinalIgnoreCase);
    });

    /// <summary>The frame's answer.</summary>
    private static byte[] Reverse(byte[] frame)
    {
        byte[] answer = [.. frame];
        int bytes = frame[12] == 8 ? 4 : 16;
        int source = frame[12] == 8 ? 26 : 22;
        frame.AsSpan(source, bytes).CopyTo(answer.AsSpan(source + bytes));
        frame.AsSpan(source + bytes, bytes).CopyTo(answer.AsSpan(source));
        frame.AsSpan(frame.Length - 20, 2).CopyTo(answer.AsSpan(frame.Length - 18));
        frame.AsSpan(frame.Length - 18, 2).CopyTo(answer.AsSpan(frame.Length - 20));
        return answer;
    }

    private static void Send(Socket socket, byte[] frames)
    {
        // In two pieces: a frame may come in parts.
        socket.Send(frames.AsSpan(0, 30));
        socket.Send(frames.AsSpan(30));
    }

    /// <summary>A frame with its length that begins a TCP connection.</summary>
    private static byte[] Connect(string destination)
    {
        byte[] frame = Frame(IPAddress.Parse(destination));
        byte[] whole = new byte[4 + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(whole, frame.Length);
        frame.CopyTo(whole, 4);
        return whole;
    }

    private static byte[] Frame(IPAddress destination)
    {
        bool isFour = destination.AddressFamily == AddressFamily.InterNetwork;
        byte[] frame = new byte[14 + (isFour ? 20 : 40) + 20];
        frame[5] = 1;
        frame[11] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)(isFour ? 0x0800 : 0x86dd));
        Span<byte> packet = frame.AsSpan(14);
        if (!isFour)
        {
            packet[6] = 6;
            destination.GetAddressBytes().CopyTo(packet[24..]);
            return frame;
        }

        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 6;
        ForwardedNetwork.Ipv4.GetAddressBytes().CopyTo(packet[12..]);
        destination.GetAddressBytes().CopyTo(packet[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], Checksum(packet[..20], 0));
        Span<byte> segment = packet[20..];
        BinaryPrimitives.WriteUInt16BigEndian(segment, 40000);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], Port);
        segment[12] = 5 << 4;
        segment[13] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], 64240);
        uint head = 6 + (uint)segment.Length;
        for (int offset = 12; offset < 20; offset += 2)
        {
            head += BinaryPrimitives.ReadUInt16BigEndian(packet[offset..]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], Checksum(segment, head));
        return frame;
    }

    private static ushort Checksum(ReadOnlySpan<byte> bytes, uint sum)
    {
        for (int offset = 0; offset < bytes.Length; offset += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..]);
        }

        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
