using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Network.UserMode;

/// <summary>
/// A guest's network without any privilege over the host's: passt(1) makes the guest's connections its own. The host gets no
/// interface, address or rule. Frames pass a <see cref="FrameFilter"/> on their way, since passt itself lets a guest connect to the
/// host's loopback addresses.
/// </summary>
public sealed class ForwardedNetwork : IDisposable
{
    public const string Program = "passt";

    /// <summary>As large as passt takes them: what it costs is counted in frames.</summary>
    public const int MaximumTransmissionUnit = 65520;

    public const int Ipv4PrefixLength = 24;
    public const int Ipv6PrefixLength = 64;

    public static readonly IPAddress Ipv4 = IPAddress.Parse("10.0.2.15");
    public static readonly IPAddress Ipv4Gateway = IPAddress.Parse("10.0.2.2");
    public static readonly IPAddress Ipv6 = IPAddress.Parse("fd68:6561:7274:6800::15");
    public static readonly IPAddress Ipv6Gateway = IPAddress.Parse("fd68:6561:7274:6800::2");

    private const int SocketNumber = 3;
    private const int MostErrorBytes = 4096;

    private readonly int pid;
    private readonly ProcessHandle process;
    private readonly FrameRelay relay;
    private readonly Thread listening;
    private readonly List<byte> errors = [];

    private ForwardedNetwork(int pid, FrameRelay relay, SafeFileHandle guestEnd, SafeFileHandle reading)
    {
        this.pid = pid;
        this.relay = relay;
        GuestEnd = guestEnd;
        process = ProcessHandle.TryOpen(pid)!;
        listening = new Thread(() => Listen(reading)) { IsBackground = true, Name = "passt errors" };
        listening.Start();
    }

    /// <summary>The VMM's end of the socket that carries frames.</summary>
    public SafeFileHandle GuestEnd { get; }

    /// <summary>What has passed, in frames, as the guest counts it. Dropped are those that it may not send.</summary>
    public LinkCounters Counters => new(relay.Received.Frames, relay.Sent.Frames, relay.Received.Bytes, relay.Sent.Bytes, 0, 0, relay.Received.Dropped, relay.Sent.Dropped);

    /// <summary>Why passt has ended; null while it runs.</summary>
    public string? Failure
    {
        get
        {
            using Epoll epoll = new();
            epoll.Add(process.Descriptor, EpollEvents.In, token: 0);
            Span<EpollReport> reports = stackalloc EpollReport[1];
            if (epoll.Wait(reports, timeoutMs: 0) == 0)
            {
                return null;
            }

            listening.Join();
            string[] lines = System.Text.Encoding.UTF8.GetString([.. errors]).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return lines.Length > 0 ? string.Join("; ", lines).TrimEnd('.') : "it gave no reason";
        }
    }

    /// <summary>Whether the host itself has a way to IPv6 networks, without which a guest's connections would wait in vain.</summary>
    /// <exception cref="NetworkException">The kernel refuses to list the routes.</exception>
    public static bool HasIpv6 => List(Routes.List).Any(route => route is { PrefixLength: 0 } && route.Destination.AddressFamily == AddressFamily.InterNetworkV6);

    /// <summary>Starts passt, which ends when this process or the VMM does.</summary>
    /// <param name="program">passt's file.</param>
    /// <param name="user">The user that it becomes; null to let it choose.</param>
    /// <param name="ports">The ports of the host that lead to the guest.</param>
    /// <exception cref="NetworkException">It cannot be started.</exception>
    public static ForwardedNetwork Start(string program, (uint User, uint Group)? user, IReadOnlyList<PublishedPort> ports)
    {
        FrameFilter filter = new([.. List(Addresses.List).Select(own => new IPNetwork(own.Address, own.Address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))]);
        (SafeFileHandle guestSide, SafeFileHandle guestEnd) = GuestSockets.CreatePair();
        (SafeFileHandle hostSide, SafeFileHandle hostEnd) = GuestSockets.CreatePair();
        (SafeFileHandle reading, SafeFileHandle writing) = DescriptorIO.CreatePipe();
        try
        {
            using (hostEnd)
            using (writing)
            using (SafeFileHandle nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                int pid = ProcessSpawning.SpawnInNewSession(
                    program, [Program, .. Compose(user, ports)], [], (nothing, 0), (nothing, 1), (writing, 2), (hostEnd, SocketNumber));
                return new ForwardedNetwork(pid, new FrameRelay(OwnedSocket(guestSide), OwnedSocket(hostSide), filter), guestEnd, reading);
            }
        }
        catch (LinuxException failure)
        {
            Array.ForEach([guestSide, guestEnd, hostSide, reading], end => end.Dispose());
            throw new NetworkException(NetworkError.HostUnsuitable, $"cannot start {program}: {failure.Message}", failure);
        }
    }

    /// <summary>Ends passt, and waits for its end.</summary>
    public void Dispose()
    {
        GuestEnd.Dispose();
        relay.Dispose();
        process.Signal(SignalNumber.Kill);
        _ = ProcessWaiting.Reap(pid);
        listening.Join();
        process.Dispose();
    }

    private static IEnumerable<string> Compose((uint User, uint Group)? user, IReadOnlyList<PublishedPort> ports) =>
    [
        "--foreground", "--quiet", "--stderr", "--fd", Number(SocketNumber),
        .. user is var (id, group) ? ["--runas", $"{id}:{group}"] : Array.Empty<string>(),

        // The guest is configured by its init; the gateway is no name for the host.
        "--no-map-gw", "--no-dhcp", "--no-dhcpv6", "--no-ra",
        "--address", $"{Ipv4}", "--netmask", Number(Ipv4PrefixLength), "--gateway", $"{Ipv4Gateway}",
        .. HasIpv6 ? ["--address", $"{Ipv6}", "--gateway", $"{Ipv6Gateway}"] : Array.Empty<string>(),
        .. ports.SelectMany(port => (string[])
        [
            port.Protocol == TransportProtocol.Tcp ? "--tcp-ports" : "--udp-ports",
            $"{(port.HostAddress is { } address ? $"{address}/" : "")}{Number(port.HostPort)}:{Number(port.GuestPort)}",
        ]),
    ];

    private static IReadOnlyList<T> List<T>(Func<RouteSocket, IReadOnlyList<T>> list)
    {
        try
        {
            using RouteSocket socket = RouteSocket.Open();
            return list(socket);
        }
        catch (LinuxException failure)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot read the host's addresses and routes: {failure.Message}", failure);
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static Socket OwnedSocket(SafeFileHandle handle)
    {
        Socket socket = new(new SafeSocketHandle(handle.DangerousGetHandle(), ownsHandle: true));
        handle.SetHandleAsInvalid();
        return socket;
    }

    private void Listen(SafeFileHandle reading)
    {
        using (reading)
        {
            Span<byte> piece = stackalloc byte[512];
            int count;
            while ((count = DescriptorIO.Read(reading, piece)) > 0)
            {
                errors.AddRange(piece[..Math.Min(count, MostErrorBytes - errors.Count)]);
            }
        }
    }
}
