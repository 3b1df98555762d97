using System.Net;
using System.Net.Sockets;
using System.Text;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;
using Hearth.Linux.Tests.Network;
using Hearth.Network.Tests;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>--network netns:PATH</c>: the container has the interfaces of a namespace that the test makes.</summary>
public sealed class JoinedNetworkTests : IDisposable
{
    private const int Port = 8080;

    private static readonly byte[] firstAddress = [2, 0, 0, 0, 5, 2];
    private static readonly byte[] secondAddress = [2, 0, 0, 0, 6, 2];

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_container_has_the_interfaces_of_the_namespace_and_gives_them_back() => OnHost(place =>
    {
        string before = Describe(place);
        string tree = NetworkHost.MakeTree(sandbox);
        using Server server = new("10.50.0.1", "fd50::1");
        sandbox.Hearth(["run", "-d", "--network", "netns:" + place.Path, "--name", "web", tree, .. NetworkHost.Server]);

        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.50.0.2"));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("fd50::2"));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.51.0.2"));
        Assert.Equal("", string.Concat(place.Do(AddressesInside)));
        Assert.Equal("10.50.0.2", sandbox.Inspect("web", "NetworkSettings.Networks.eth0.IPAddress"));
        Assert.Equal("fd50::1", sandbox.Inspect("web", "NetworkSettings.Networks.eth0.IPv6Gateway"));
        Assert.Equal("02:00:00:00:06:02", sandbox.Inspect("web", "NetworkSettings.Networks.eth1.MacAddress"));
        Assert.Equal(["eth0", "eth1"], ((string[])["0", "1"]).Select(each => sandbox.Inspect("web", $"NetworkSettings.interfaces.{each}.Network")));
        Assert.All((string[])["SentPackets", "SentBytes", "ReceivedPackets", "ReceivedBytes"], name => Assert.NotEqual("0", sandbox.Inspect("web", $"NetworkSettings.interfaces.1.{name}")));
        string script = $"""
            cat /sys/class/net/eth0/address /sys/class/net/eth0/mtu /sys/class/net/eth1/address /sys/class/net/eth1/mtu
            busybox ip -4 route
            busybox ip -6 route | busybox grep -v -e fe80 -e ff00
            busybox nc 10.50.0.1 {Port} </dev/null
            busybox nc fd50::1 {Port} </dev/null
            busybox ip neigh show 10.51.0.77
            busybox grep busybox /etc/hosts || busybox grep 10.50.0.2 /etc/hosts
            """;
        string[] answer = sandbox.Hearth("exec", "web", "sh", "-c", script).Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal(
            [
                "02:00:00:00:05:02", "1400", "02:00:00:00:06:02", "1500",
                "default via 10.50.0.1 dev eth0",
                "10.50.0.0/24 dev eth0 scope link  src 10.50.0.2",
                "10.51.0.0/24 dev eth1 scope link  src 10.51.0.2",
                "10.60.0.0/16 via 10.51.0.1 dev eth1  src 10.51.0.2  metric 77",
                "fd50::/64 dev eth0  metric 256",
                "default via fd50::1 dev eth0  metric 1024",
                "10.50.0.2", "fd50::2",
                "10.51.0.77 dev eth1 lladdr 02:00:00:00:00:77 used 0/0/0 probes 0 PERMANENT",
            ],
            answer[..13]);
        Assert.StartsWith("10.50.0.2\t", answer[13], StringComparison.Ordinal);

        CommandResult second = sandbox.RunExpecting(125, "run", "--network", "netns:" + place.Path, tree, "true");
        Assert.Contains("it has a tap 'hearth-tap0', so another machine has its interfaces", second.ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("pause", "web");
        sandbox.Hearth("unpause", "web");
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.50.0.2"));
        sandbox.Hearth("rm", "-f", "web");
        Assert.Equal(before, Describe(place));
    });

    [Fact]
    public void The_namespace_is_as_it_was_when_the_keeper_was_killed() => OnHost(place =>
    {
        string before = Describe(place);
        sandbox.Hearth("run", "-d", "--network", "netns:" + place.Path, "--name", "box", NetworkHost.MakeTree(sandbox), "sleep", "1000");
        Assert.Contains("hearth-tap1", Describe(place), StringComparison.Ordinal);

        Signals.Send(sandbox.KeeperOf("box"), SignalNumber.Kill);
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the end of the machine");
        sandbox.Hearth("rm", "-f", "box");

        Assert.Equal(before, Describe(place));
        Sandbox.WaitUntil(() => FreesUsers(sandbox), "the release of the machine's user", TimeSpan.FromSeconds(60));
    });

    /// <summary>ip-netns(8) shows such a file to programs in the namespace.</summary>
    [Fact]
    public void A_named_namespace_has_name_servers_of_its_own() => OnHost(place =>
    {
        string name = $"hearth-{Guid.NewGuid():N}";
        string named = Path.Combine("/run/netns", name);
        string files = Path.Combine("/etc/netns", name);
        bool isFirst = !Directory.Exists("/etc/netns");
        Directory.CreateDirectory("/run/netns");
        Directory.CreateDirectory(files);
        File.WriteAllText(Path.Combine(files, "resolv.conf"), "nameserver 10.50.0.53\nsearch example.org\n");
        File.WriteAllBytes(named, []);
        Command.Tool("mount", "--bind", place.Path, named);
        try
        {
            CommandResult result = sandbox.RunExpecting(0, "run", "--network", "netns:" + named, NetworkHost.MakeTree(sandbox), "cat", "/etc/resolv.conf");

            Assert.Equal("nameserver 10.50.0.53\nsearch example.org\n", result.OutputText);
        }
        finally
        {
            Command.Unmount(named);
            File.Delete(named);
            Directory.Delete(isFirst ? "/etc/netns" : files, recursive: true);
        }
    });

    [Fact]
    public void A_path_may_go_while_the_container_runs_and_must_exist_at_its_start() => OnHost(place =>
    {
        string before = Describe(place);
        string path = sandbox.PathOf("named");
        File.WriteAllBytes(path, []);
        Command.Tool("mount", "--bind", place.Path, path);
        sandbox.Hearth(["run", "-d", "--network", "netns:" + path, "--name", "web", NetworkHost.MakeTree(sandbox), .. NetworkHost.Server]);
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.50.0.2"));

        Command.Unmount(path);
        File.Delete(path);
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.50.0.2"));
        Assert.NotEqual("0", sandbox.Inspect("web", "NetworkSettings.interfaces.0.SentPackets"));
        sandbox.Hearth("stop", "-t", "0", "web");
        Assert.Equal(before, Describe(place));

        CommandResult refused = sandbox.RunExpecting(1, "start", "web");
        Assert.Contains($"cannot join the network namespace '{path}': it does not exist", refused.ErrorText, StringComparison.Ordinal);
        Assert.Equal("exited", sandbox.Inspect("web", "State.Status"));

        File.WriteAllBytes(path, []);
        Assert.Contains("it is not a namespace", sandbox.RunExpecting(1, "start", "web").ErrorText, StringComparison.Ordinal);
        Command.Tool("mount", "--bind", place.Path, path);
        sandbox.Hearth("start", "web");
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.50.0.2"));
        sandbox.Hearth("rm", "-f", "web");
        Assert.Equal(before, Describe(place));
        Command.Unmount(path);
        File.Delete(path);
    });

    [Fact]
    public void A_namespace_with_loopback_only_gives_loopback_only() => OwnNamespace.Run(() =>
    {
        using Host place = new();

        CommandResult result = sandbox.RunExpecting(0, "run", "--network", "netns:" + place.Path, NetworkHost.MakeTree(sandbox), "ls", "/sys/class/net");

        Assert.Equal("lo\n", result.OutputText);
    });

    [Theory]
    [InlineData("/of/nobody", "cannot join the network namespace '/of/nobody': it does not exist")]
    [InlineData("/etc/passwd", "cannot join the network namespace '/etc/passwd': it is not a namespace")]
    [InlineData("/proc/self/ns/uts", "it is a namespace of another kind")]
    [InlineData("/proc/self/ns/net", "it is the host's own")]
    public void A_path_that_leads_to_no_namespace_of_others_is_refused(string path, string words)
    {
        CommandResult refused = sandbox.RunExpecting(125, "run", "--network", "netns:" + path, NetworkHost.MakeTree(sandbox), "true");

        Assert.Contains(words, refused.ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--ip", "10.0.0.1")]
    [InlineData("--mac-address", "02:00:00:00:00:01")]
    [InlineData("--network-alias", "db")]
    [InlineData("--publish", "80:80")]
    [InlineData("--publish-all")]
    [InlineData("--publish-loopback", "--publish", "80:80")]
    [InlineData("--network-rate", "1m")]
    [InlineData("--add-host", "x:host-gateway")]
    public void What_the_maker_of_the_namespace_decides_is_refused(params string[] flags)
    {
        CommandResult refused = sandbox.RunExpecting(125, ["run", "--network", "netns:/run/netns/a", .. flags, NetworkHost.MakeTree(sandbox), "true"]);

        Assert.Contains($"cannot use --", refused.ErrorText, StringComparison.Ordinal);
        Assert.Contains("with --network netns:/run/netns/a: whoever made the namespace decides that", refused.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_that_another_program_redirects_is_left_alone() => OnHost(place =>
    {
        place.Do(() => Command.Tool("tc", "qdisc", "add", "dev", "eth1", "ingress"));
        string before = Describe(place);

        CommandResult refused = sandbox.RunExpecting(125, "run", "--network", "netns:" + place.Path, NetworkHost.MakeTree(sandbox), "true");

        Assert.Contains("it has a queueing discipline for what it receives", refused.ErrorText, StringComparison.Ordinal);
        Assert.Equal(before, Describe(place));
    });

    /// <summary>The test's thread is in the host's namespace, with a cable for each interface of the other one.</summary>
    internal static void OnHost(Action<Host> test) => OwnNamespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
        using RouteSocket socket = RouteSocket.Open();
        Links.SetUp(socket, Links.Find(socket, "lo")!.Index);
        using Host place = new();
        AddCable(socket, "first", "eth0", place, firstAddress, ["10.50.0.2/24", "fd50::2/64"], ["10.50.0.1/24", "fd50::1/64"], ["10.50.0.1", "fd50::1"]);
        AddCable(socket, "second", "eth1", place, secondAddress, ["10.51.0.2/24"], ["10.51.0.1/24"], []);
        place.Do(() =>
        {
            using RouteSocket inside = RouteSocket.Open();
            Links.SetMtu(inside, Links.Find(inside, "eth0")!.Index, 1400);
            int second = Links.Find(inside, "eth1")!.Index;
            Routes.Add(inside, new RouteInfo(IPAddress.Parse("10.60.0.0"), 16, IPAddress.Parse("10.51.0.1"), second) { Source = IPAddress.Parse("10.51.0.2"), Metric = 77 });
            Neighbours.Add(inside, second, [10, 51, 0, 77], [2, 0, 0, 0, 0, 0x77]);
        });
        test(place);
    });

    private static void AddCable(RouteSocket socket, string outside, string inside, Host place, byte[] hardware, string[] own, string[] hosts, string[] routers)
    {
        Links.CreatePair(socket, outside, inside);
        int index = Links.Find(socket, outside)!.Index;
        Links.SetUp(socket, index);
        foreach ((string address, int bits) in hosts.Select(Split))
        {
            Addresses.Add(socket, new AddressInfo(index, IPAddress.Parse(address), bits));
        }

        place.Plug(socket, inside, hardware, [.. own.Select(Split)], routers);
    }

    private static (string Address, int Bits) Split(string text) => (text.Split('/')[0], int.Parse(text.Split('/')[1], System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>All of the namespace that a container may change, as ip(8) and tc(8) list it.</summary>
    internal static string Describe(Host place) => place.Do(() => string.Concat(
        string.Join('\n', AddressesInside().Order(StringComparer.Ordinal)),
        string.Join('\n', Command.Tool("ip", "-4", "route").Split('\n').Order(StringComparer.Ordinal)),
        string.Join('\n', Command.Tool("ip", "-6", "route").Split('\n').Order(StringComparer.Ordinal)),
        Command.Tool("ip", "neigh", "show", "nud", "permanent"),
        Command.Tool("tc", "qdisc"),
        Command.Tool("ip", "rule") + Command.Tool("ip", "-6", "rule") + Command.Tool("ip", "neigh", "show", "proxy") + Command.Tool("nft", "list", "tables"),
        string.Concat(((string[])["ipv4/conf/eth0", "ipv4/conf/eth1", "ipv6/conf/all", "ipv6/conf/eth0"]).Select(name => File.ReadAllText($"/proc/sys/net/{name}/forwarding"))),
        Command.Tool("ip", "-br", "link")));

    private static string[] AddressesInside()
    {
        using RouteSocket socket = RouteSocket.Open();
        int loopback = Links.Find(socket, "lo")!.Index;
        return [.. Addresses.List(socket).Where(address => address.Index != loopback).Select(address => address.ToString())];
    }

    internal static bool FreesUsers(Sandbox sandbox)
    {
        sandbox.Hearth("run", "--rm", "--network", "none", sandbox.PathOf("busybox"), "busybox", "true");
        return Directory.GetFiles(sandbox.PathOf("state/users")).Length == 0;
    }

    /// <summary>Answers each connection with the peer's address.</summary>
    internal sealed class Server : IDisposable
    {
        private readonly TcpListener[] listeners;

        public Server(params string[] addresses)
        {
            listeners = [.. addresses.Select(address => new TcpListener(IPAddress.Parse(address), Port))];
            foreach (TcpListener listener in listeners)
            {
                listener.Start();
                _ = ServeAsync(listener);
            }
        }

        public void Dispose() => Array.ForEach(listeners, listener => listener.Dispose());

        private static async Task ServeAsync(TcpListener listener)
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await listener.AcceptTcpClientAsync();
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{((IPEndPoint)client.Client.RemoteEndPoint!).Address}\n"));
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The listener is closed.
            }
        }
    }
}
