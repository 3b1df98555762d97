using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>--network</c>, each on a host in a network namespace of its own with a machine outside.</summary>
public sealed class NetworkTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_container_reaches_the_outside_and_others_by_name() => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "web", tree, "busybox", "httpd", "-f", "-p", "80", "-h", "/www");
        string address = sandbox.Inspect("web", "NetworkSettings.Networks.nat.IPAddress");
        string address6 = sandbox.Inspect("web", "NetworkSettings.Networks.nat.GlobalIPv6Address");

        Assert.Equal("kindling\n", NetworkHost.Fetch(address));
        CommandResult client = sandbox.RunExpecting(0, "run", "--network", "nat", tree, "sh", "-c",
            $"busybox nc {OutsideHost.Address} {OutsideHost.Port} </dev/null; busybox wget -qO- http://web/page; busybox wget -qO- http://{address}/page; busybox wget -qO- http://[{address6}]/page; busybox nslookup gone || true; cat /etc/resolv.conf; busybox ip -4 route");

        Assert.StartsWith($"{OutsideHost.HostAddress}\nkindling\nkindling\nkindling\n", client.OutputText, StringComparison.Ordinal);
        Assert.Contains("can't find gone", client.OutputText + client.ErrorText, StringComparison.Ordinal);
        Assert.Contains("nameserver 127.0.0.11\n", client.OutputText, StringComparison.Ordinal);
        Assert.Contains("default via 172.29.0.1 dev eth0", client.OutputText, StringComparison.Ordinal);
        Assert.Equal("web", sandbox.Hearth("exec", "web", "sh", "-c", "busybox wget -qO- http://web/name"));
        Assert.Contains($"{address}\t", sandbox.Hearth("exec", "web", "cat", "/etc/hosts"), StringComparison.Ordinal);

        sandbox.Hearth("rename", "web", "shop");
        Assert.Equal("kindling", sandbox.Hearth("exec", "shop", "sh", "-c", "busybox wget -qO- http://shop/page; busybox wget -qO- http://web/page 2>/dev/null || true"));
        sandbox.Hearth("rm", "-f", "shop");
    });

    [Fact]
    public void Nothing_is_left_when_the_keeper_is_killed() => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", NetworkHost.MakeTree(sandbox), "sleep", "1000");
        Assert.Contains(NetworkHost.Links(), name => name == "hearth0");

        Signals.Send(sandbox.KeeperOf("box"), SignalNumber.Kill);
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the end of the machine");
        sandbox.Hearth("rm", "-f", "box");
        sandbox.WaitForUsers();

        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
        Assert.Equal("0", NetworkHost.Forwarding);
    });

    [Fact]
    public void A_host_that_cannot_have_a_network_runs_containers_without_one() => NetworkHost.Run(_ =>
    {
        // Somebody else's interface of the bridge's name: it is not touched.
        using RouteSocket socket = RouteSocket.Open();
        Links.CreatePair(socket, "hearth0", "other");
        string tree = NetworkHost.MakeTree(sandbox);
        CommandResult automatic = sandbox.RunExpecting(0, "run", "--network", "auto", tree, "ls", "/sys/class/net");
        CommandResult required = sandbox.RunExpecting(125, "run", "--network", "nat", tree, "true");

        Assert.Equal("lo\n", automatic.OutputText);
        Assert.Contains("hearth: warning: the container has no network: cannot attach a machine to the network 'nat'", automatic.ErrorText, StringComparison.Ordinal);
        Assert.Contains("hearth: cannot attach a machine to the network 'nat'", required.ErrorText, StringComparison.Ordinal);
        Assert.Equal(["hearth0", "lo", "other", "uplink"], NetworkHost.Links());
        Links.Delete(socket, Links.Find(socket, "hearth0")!.Index);
    });

    [Fact]
    public void A_container_without_a_network_has_only_loopback() => NetworkHost.Run(_ =>
    {
        CommandResult result = sandbox.RunExpecting(0, "run", "--network", "none", NetworkHost.MakeTree(sandbox), "ls", "/sys/class/net");

        Assert.Equal("lo\n", result.OutputText);
        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
    });

    [Fact]
    public void A_confined_and_a_paused_container_keep_their_connections() => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "web", NetworkHost.MakeTree(sandbox), "busybox", "httpd", "-f", "-p", "80", "-h", "/www");
        string address = sandbox.Inspect("web", "NetworkSettings.Networks.nat.IPAddress");
        sandbox.Hearth("pause", "web");
        sandbox.Hearth("unpause", "web");

        Assert.Equal("kindling\n", NetworkHost.Fetch(address));
        sandbox.Hearth("restart", "-t", "0", "web");
        Assert.Equal(address, sandbox.Inspect("web", "NetworkSettings.Networks.nat.IPAddress"));
        sandbox.Hearth("rm", "-f", "web");
    });

    [Fact]
    public void A_policy_decides_where_a_container_connects_to() => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        string ask = $"busybox nc -w 5 {OutsideHost.Address} {OutsideHost.Port} </dev/null || echo refused";

        string[] given = ["run", "--network", "nat", "--ip", "172.29.0.77", "--mac-address", "02:00:00:00:00:77", "--add-host", "outside:" + OutsideHost.Address, "--network-rate", "10m"];
        CommandResult allowed = sandbox.RunExpecting(0, [.. given, "--egress", "deny", "--allow", $"{OutsideHost.Address}:{OutsideHost.Port}", tree, "sh", "-c",
            $"{ask}; busybox nc -w 5 outside 81 </dev/null || echo refused; busybox ip -4 addr show eth0; cat /sys/class/net/eth0/address; busybox nslookup example.org || true"]);
        CommandResult denied = sandbox.RunExpecting(0, "run", "--network", "nat", "--deny", "192.0.2.0/24", tree, "sh", "-c", ask);

        Assert.StartsWith($"{OutsideHost.HostAddress}\nrefused\n", allowed.OutputText, StringComparison.Ordinal);
        Assert.Contains("172.29.0.77/16", allowed.OutputText, StringComparison.Ordinal);
        Assert.Contains("\n02:00:00:00:00:77\n", allowed.OutputText, StringComparison.Ordinal);
        Assert.Contains("NXDOMAIN", allowed.OutputText + allowed.ErrorText, StringComparison.Ordinal);
        Assert.Equal("refused\n", denied.OutputText);
    });

    [Theory]
    [InlineData("--ip", "10.0.0.1", "it is not one for guests of 172.29.0.0/16")]
    [InlineData("--ip", "nonsense", "'nonsense' is not an IP address")]
    [InlineData("--mac-address", "02:00", "'02:00' is not a MAC address")]
    [InlineData("--mac-address", "01:00:00:00:00:01", "it is not a unicast address")]
    [InlineData("--allow", "a b", "a b")]
    [InlineData("--add-host", "x:nonsense", "'nonsense' is not an IP address")]
    public void A_wrong_value_is_refused(string flag, string value, string words) => NetworkHost.Run(_ =>
    {
        CommandResult refused = sandbox.RunExpecting(125, "run", "--network", "nat", flag, value, NetworkHost.MakeTree(sandbox), "true");

        Assert.Contains(words, refused.ErrorText, StringComparison.Ordinal);
        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
    });
}
