using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

/// <summary>
/// A host with a network, guests and a machine outside (192.0.2.9 and 2001:db8::9; the host is 192.0.2.1 and 2001:db8::1). A guest's
/// tap is replaced by one end of a cable with the same name, whose other end is in the guest's namespace.
/// </summary>
internal sealed class Scene : IDisposable
{
    public const string Bridge = "testbridge";
    public static readonly IPAddress HostAddress = IPAddress.Parse("192.0.2.1");
    public static readonly IPAddress HostAddress6 = IPAddress.Parse("2001:db8::1");
    public static readonly IPAddress OutsideAddress = IPAddress.Parse("192.0.2.9");
    public static readonly IPAddress OutsideAddress6 = IPAddress.Parse("2001:db8::9");

    private readonly List<IDisposable> owned = [];
    private readonly RouteSocket socket = RouteSocket.Open();

    public Scene(NetworkDefinition? definition = null)
    {
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
        Links.SetUp(socket, Links.Find(socket, "lo")!.Index);
        Network = new BridgeNetwork(definition ?? NetworkDefinition.Of(Bridge, Subnet.Default));
        Outside = Add(new Host());
        Links.CreatePair(socket, "uplink", "wire");
        Outside.Plug(socket, "wire", [2, 0, 0, 0, 0, 9], [("192.0.2.9", 24), ("2001:db8::9", 64), ("169.254.169.254", 32)], []);
        int uplink = Links.Find(socket, "uplink")!.Index;
        Links.SetUp(socket, uplink);
        Addresses.Add(socket, new AddressInfo(uplink, HostAddress, 24));
        Addresses.Add(socket, new AddressInfo(uplink, HostAddress6, 64));
        Routes.Add(socket, new RouteInfo(IPAddress.Parse("169.254.0.0"), 16, null, uplink));
    }

    public BridgeNetwork Network { get; }

    public Host Outside { get; }

    /// <summary>Lets br_netfilter give bridged packets to the IP hooks, or not; where it is not loaded, it never does.</summary>
    public static void FilterBridges(bool filters)
    {
        foreach (string name in (string[])["iptables", "ip6tables", "arptables"])
        {
            string path = $"/proc/sys/net/bridge/bridge-nf-call-{name}";
            if (File.Exists(path))
            {
                File.WriteAllText(path, filters ? "1" : "0");
            }
        }
    }

    public (Host Host, NetworkAttachment At) AddGuest(AttachRequest? request = null, BridgeNetwork? network = null)
    {
        NetworkAttachment at = (network ?? Network).Attach(request ?? new AttachRequest(0), _ => { }, _ => { });
        Host guest = Add(new Host());
        int bridge = Links.Find(socket, at.TapName)!.Master;
        Links.Delete(socket, Links.Find(socket, at.TapName)!.Index);
        Links.CreatePair(socket, at.TapName, "eth0");
        int tap = Links.Find(socket, at.TapName)!.Index;
        Links.SetMaster(socket, tap, bridge);
        Links.SetUpWithoutArp(socket, tap);
        guest.Plug(socket, "eth0", [.. at.HardwareAddress], [($"{at.Ipv4}", at.Ipv4PrefixLength), ($"{at.Ipv6}", 64)], [$"{at.Ipv4Gateway}", $"{at.Ipv6Gateway}"]);
        return (guest, at);
    }

    /// <summary>Gives the machine outside an address more, and the host a route to it.</summary>
    public void AddOutside(string address)
    {
        IPAddress own = IPAddress.Parse(address);
        int bits = 8 * own.GetAddressBytes().Length;
        Outside.Do(() =>
        {
            using RouteSocket inside = RouteSocket.Open();
            Addresses.Add(inside, new AddressInfo(Links.Find(inside, "wire")!.Index, own, bits));
        });
        Routes.Add(socket, new RouteInfo(own, bits, null, Links.Find(socket, "uplink")!.Index));
    }

    /// <summary>Opens a server that answers each connection with the peer's address.</summary>
    public void Serve(Host? where, int port)
    {
        Socket listener = Run(where, () =>
        {
            Socket created = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            created.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            created.Listen();
            return created;
        });
        Add(listener);
        new Thread(() =>
        {
            try
            {
                while (true)
                {
                    Socket connection = listener.Accept();
                    IPAddress peer = ((IPEndPoint)connection.RemoteEndPoint!).Address;
                    connection.Send(System.Text.Encoding.ASCII.GetBytes((peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer).ToString()));
                    new Thread(() => Echo(connection)) { IsBackground = true }.Start();
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The listener is closed.
            }
        })
        {
            IsBackground = true,
        }.Start();
    }

    /// <summary>Opens a UDP server that answers each packet with the peer's address.</summary>
    public void ServeDatagrams(Host? where, int port)
    {
        Socket server = Add(Run(where, () =>
        {
            Socket created = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
            created.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            return created;
        }));
        new Thread(() =>
        {
            try
            {
                byte[] buffer = new byte[100];
                while (true)
                {
                    EndPoint peer = new IPEndPoint(IPAddress.IPv6Any, 0);
                    server.ReceiveFrom(buffer, ref peer);
                    IPAddress from = ((IPEndPoint)peer).Address;
                    server.SendTo(System.Text.Encoding.ASCII.GetBytes((from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from).ToString()), peer);
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The server is closed.
            }
        })
        {
            IsBackground = true,
        }.Start();
    }

    /// <summary>Connects and reads whom the server takes the client for.</summary>
    /// <returns>The server's answer, or the error.</returns>
    public static string Ask(Host? where, IPAddress address, int port)
    {
        try
        {
            using Socket client = Connect(where, address, port);
            byte[] answer = new byte[100];
            return System.Text.Encoding.ASCII.GetString(answer, 0, client.Receive(answer));
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode.ToString();
        }
    }

    public static string AskByDatagram(Host? where, IPAddress address, int port) => Run(where, () =>
    {
        using Socket client = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 3000 };
        try
        {
            client.Connect(address, port);
            client.Send("who"u8);
            byte[] answer = new byte[100];
            return System.Text.Encoding.ASCII.GetString(answer, 0, client.Receive(answer));
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode.ToString();
        }
    });

    /// <summary>Whether an address answers an ICMP echo request.</summary>
    public static bool Ping(Host? where, IPAddress address) => Run(where, () =>
    {
        bool isFour = address.AddressFamily == AddressFamily.InterNetwork;
        using Socket client = new(address.AddressFamily, SocketType.Raw, isFour ? ProtocolType.Icmp : ProtocolType.IcmpV6) { ReceiveTimeout = 2000 };
        byte[] mark = System.Text.Encoding.ASCII.GetBytes($"{Environment.TickCount64:x16}");
        byte[] request = [isFour ? (byte)8 : (byte)128, 0, 0, 0, 0x12, 0x34, 0, 1, .. mark];
        if (isFour)
        {
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(2), ForgeryTests.Checksum(request));
        }

        byte answer = isFour ? (byte)0 : (byte)129;
        byte[] packet = new byte[200];
        try
        {
            client.SendTo(request, new IPEndPoint(address, 0));
            while (true)
            {
                ReadOnlySpan<byte> received = packet.AsSpan(isFour ? 20 : 0, client.Receive(packet) - (isFour ? 20 : 0));
                if (received.EndsWith(mark) && received[0] != request[0])
                {
                    return received[0] == answer;
                }
            }
        }
        catch (SocketException)
        {
            return false;
        }
    });

    public static Socket Connect(Host? where, IPAddress address, int port) => Run(where, () =>
    {
        Socket client = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 3000, SendTimeout = 3000 };
        try
        {
            IAsyncResult connecting = client.BeginConnect(address, port, null, null);
            if (!connecting.AsyncWaitHandle.WaitOne(3000))
            {
                throw new SocketException((int)SocketError.TimedOut);
            }

            client.EndConnect(connecting);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    });

    public static T Run<T>(Host? where, Func<T> action) => where is null ? action() : where.Do(action);

    public void Dispose()
    {
        owned.Reverse();
        foreach (IDisposable one in owned)
        {
            one.Dispose();
        }

        socket.Dispose();
    }

    private static void Echo(Socket connection)
    {
        using (connection)
        {
            try
            {
                byte[] buffer = new byte[4096];
                int count;
                while ((count = connection.Receive(buffer)) > 0)
                {
                    connection.Send(buffer.AsSpan(0, count));
                }
            }
            catch (SocketException)
            {
                // The peer is gone.
            }
        }
    }

    private T Add<T>(T one)
        where T : IDisposable
    {
        owned.Add(one);
        return one;
    }
}
