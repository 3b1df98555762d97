using System.Globalization;
using System.Net;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>hearth network</c>, and containers in several networks, each on a host in a network namespace of its own.</summary>
public sealed class UserNetworkTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Networks_are_created_listed_inspected_and_removed_as_with_docker() => NetworkHost.Run(_ =>
    {
        string id = sandbox.Hearth("network", "create", "--label", "for=tests", "front");
        sandbox.Hearth("network", "create", "-d", "bridge", "--internal", "--subnet", "10.1.0.0/24", "--gateway", "10.1.0.254", "--subnet", "fd00:1::/64", "--ipv6", "back");

        Assert.Equal(64, id.Length);
        string[] rows = sandbox.Hearth("network", "ls").Split('\n');
        Assert.Equal(["NETWORK", "ID", "NAME", "DRIVER", "SCOPE"], rows[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal([id[..12], "front", "bridge", "local"], rows.Single(row => row.Contains("front", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("back true\nfront false\nnat false", sandbox.Hearth("network", "ls", "--format", "{{.Name}} {{.Internal}}"));
        Assert.Equal(id, sandbox.Hearth("network", "ls", "-q", "--no-trunc", "--filter", "label=for=tests"));
        Assert.Equal("back\nfront", sandbox.Hearth("network", "ls", "--filter", "type=custom", "--filter", "driver=bridge", "--format", "{{.Name}}"));
        Assert.Equal(id, JsonDocument.Parse(sandbox.Hearth("network", "ls", "-f", "name=front", "--format", "json")).RootElement.GetProperty("ID").GetString());

        JsonElement back = JsonDocument.Parse(sandbox.Hearth("network", "inspect", "back")).RootElement[0];
        Assert.Equal(("back", "bridge", true, true), (back.GetProperty("Name").GetString(), back.GetProperty("Driver").GetString(), back.GetProperty("Internal").GetBoolean(), back.GetProperty("EnableIPv6").GetBoolean()));
        Assert.Equal("""[{"Subnet":"10.1.0.0/24","Gateway":"10.1.0.254"},{"Subnet":"fd00:1::/64","Gateway":"fd00:1::a01:fe"}]""", JsonSerializer.Serialize(back.GetProperty("IPAM").GetProperty("Config")));
        Assert.Equal("tests", sandbox.Hearth("network", "inspect", id[..12], "-f", "{{.Labels.for}}"));

        Refused(1, "there is no network 'none'", "network", "inspect", "none");
        Refused(1, "there is no network 'none'", "network", "rm", "none");
        Refused(1, "it is Hearth's own", "network", "rm", "nat");
        Refused(1, "a network of this name exists", "network", "create", "front");
        Refused(1, "its subnet 10.1.0.128/25 overlaps 10.1.0.0/24 of the network 'back'", "network", "create", "--subnet", "10.1.0.128/25", "other");
        Refused(1, "overlaps the host's route 192.0.2.0/24 by uplink", "network", "create", "--subnet", "192.0.0.0/16", "other");
        Refused(125, "Hearth's networks always have IPv6", "network", "create", "--ipv6=false", "other");
        Refused(125, "invalid filter 'color=red'", "network", "ls", "--filter", "color=red");
        Refused(125, "invalid filter 'type=nonsense': give builtin or custom", "network", "ls", "--filter", "type=nonsense");
        Refused(125, "invalid filter 'dangling=maybe': give true or false", "network", "ls", "--filter", "dangling=maybe");
        Refused(125, "there is no network 'gone'", "run", "--network", "nat", "--network", "gone", MakeTree(), "true");

        Assert.Equal("", sandbox.Hearth("network", "rm", "-f", "none"));
        Assert.Equal("front", sandbox.Hearth("network", "rm", "front"));
        Assert.Equal("back", sandbox.Hearth("network", "prune", "-f"));
        Assert.Equal("nat", sandbox.Hearth("network", "ls", "--format", "{{.Name}}"));
        Assert.Equal("create front, create back, destroy front, destroy back", EventsOfNetworks());
        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
    });

    [Fact]
    public void Containers_reach_others_of_their_networks_only_and_internal_ones_nothing_outside() => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("network", "create", "front");
        sandbox.Hearth("network", "create", "--internal", "--subnet", "10.1.0.0/24", "back");
        string tree = MakeTree();
        Serve(tree, "one", "--network", "front", "--network-alias", "shop");
        Serve(tree, "two", "--network", "back", "--network-alias", "shop");
        Serve(tree, "both", "--network", "back:ip=10.1.0.77,alias=db", "--network", "front:alias=shop");

        // Both networks, by name and address; the way out is by the one that is not internal.
        Assert.Equal("one\ntwo\n10.1.0.77\n", Exec("both", $"{Get("one")}; {Get("two")}; busybox ip -4 addr show eth0 | busybox sed -n 's,.*inet \\([^/]*\\)/.*,\\1,p'"));
        Assert.Equal(OutsideHost.HostAddress + "\n", Exec("both", Outside));
        Assert.Equal("default dev eth1\n", Exec("both", "busybox ip -4 route | busybox awk '/^default/ { print $1, $4, $5 }'"));
        Assert.Equal(3, Addresses("both", "shop").Length);

        // The front network: not the other one, neither by address nor by name.
        Assert.Equal("both\nno\nno\nno\nno\n", Exec("one", $"{Get("both")}; {Get("two")}; {Get("db")}; {Get(AddressOf("two", "back"))}; {Get($"[{AddressOf("two", "back", "GlobalIPv6Address")}]")}"));
        Assert.Equal("no\n", Exec("one", Get("10.1.0.77")));
        Assert.Equal(OutsideHost.HostAddress + "\n", Exec("one", Outside));
        Assert.Equal(new[] { AddressOf("both", "front"), AddressOf("one", "front") }.Order(StringComparer.Ordinal), Addresses("one", "shop").Order(StringComparer.Ordinal));

        // The internal one: nothing outside, and no names of there.
        Assert.Equal("both\nboth\nno\nno\nno\n", Exec("two", $"{Get("both")}; {Get("db")}; {Get("one")}; {Get(AddressOf("one", "front"))}; {Get($"[{AddressOf("one", "front", "GlobalIPv6Address")}]")}"));
        Assert.Equal("no\n", Exec("two", Outside));
        Assert.Equal("", Exec("two", "busybox ip -4 route | busybox grep default || true"));
        Assert.Contains("NXDOMAIN", Exec("two", "busybox nslookup example.org 2>&1 || true"), StringComparison.Ordinal);
        Assert.Equal([AddressOf("two", "back")], Addresses("two", "shop"));

        JsonElement members = JsonDocument.Parse(sandbox.Hearth("network", "inspect", "back")).RootElement[0].GetProperty("Containers");
        Assert.Equal(["both", "two"], members.EnumerateObject().Select(member => member.Value.GetProperty("Name").GetString()!).Order(StringComparer.Ordinal));
        Refused(1, "cannot remove the network 'front': the container '", "network", "rm", "front");
        Assert.Equal("", sandbox.Hearth("network", "prune", "-f"));

        KillKeeper("both");
        sandbox.Hearth("ps");
        Assert.Equal(["one", "two"], ((string[])["front", "back"]).Select(network => JsonDocument.Parse(sandbox.Hearth("network", "inspect", network)).RootElement[0].GetProperty("Containers").EnumerateObject().Single().Value.GetProperty("Name").GetString()));
        Assert.Equal(2, NetworkHost.Links().Count(name => name.StartsWith("hearth-", StringComparison.Ordinal) && !name.StartsWith("hearth-br-", StringComparison.Ordinal)));
        sandbox.Hearth("rm", "-f", "one", "two", "both");
        sandbox.WaitForUsers();
        Assert.Equal(["back", "front"], sandbox.Hearth("network", "prune", "-f").Split('\n').Order(StringComparer.Ordinal));
        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
    });

    [Theory]
    [InlineData("1400")]
    [InlineData("9000")]
    public void Ranges_reserved_addresses_and_packet_sizes_are_as_requested(string mtu) => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("network", "create", "--subnet", "10.1.0.0/24", "--ip-range", "10.1.0.64/30", "--aux-address", "router=10.1.0.66", "--opt", $"com.docker.network.driver.mtu={mtu}", "front");
        JsonElement front = JsonDocument.Parse(sandbox.Hearth("network", "inspect", "front")).RootElement[0];
        Assert.Equal("""{"Subnet":"10.1.0.0/24","Gateway":"10.1.0.1","IPRange":"10.1.0.64/30","AuxiliaryAddresses":{"router":"10.1.0.66"}}""", JsonSerializer.Serialize(front.GetProperty("IPAM").GetProperty("Config")[0]));
        Assert.Equal(mtu, front.GetProperty("Options").GetProperty("com.docker.network.driver.mtu").GetString());

        string tree = MakeTree();
        File.WriteAllBytes(Path.Combine(tree, "large"), new byte[1 << 20]);
        sandbox.Hearth("run", "-d", "--name", "one", "--network", "front", tree, "busybox", "httpd", "-f", "-p", "80", "-h", "/");
        Refused(125, "cannot use the address 10.1.0.66: the network 'front' reserves it (--aux-address); choose another", "run", "--network", "front:ip=10.1.0.66", tree, "true");
        sandbox.Hearth("run", "-d", "--name", "two", "--network", "front:ip=10.1.0.200", tree, "sleep", "1000");
        Assert.Contains(AddressOf("one", "front"), (string[])["10.1.0.64", "10.1.0.65", "10.1.0.67"]);
        Assert.Equal($"{mtu}\n{1 << 20}\n", Exec("two", $"cat /sys/class/net/eth0/mtu; busybox timeout 30 busybox wget -qO- http://one/large | busybox wc -c"));
        Assert.Equal("pong\n", Exec("two", $"busybox ping -c 1 -W 10 -s {int.Parse(mtu, CultureInfo.InvariantCulture) - 28} one >/dev/null && echo pong"));
        sandbox.Hearth("rm", "-f", "one", "two");
        sandbox.Hearth("network", "rm", "front");
    });

    /// <summary>Either there is no network for the container any more, or a container for which it stays.</summary>
    [Fact]
    public void A_network_is_removed_while_a_container_of_it_starts() => NetworkHost.Run(_ =>
    {
        string tree = MakeTree();
        Func<bool>[] moments =
        [
            () => true,
            () => Directory.Exists(sandbox.PathOf("state/names")) && Directory.GetFileSystemEntries(sandbox.PathOf("state/names")).Length > 0,
            () => Directory.Exists(Path.Combine(sandbox.RunDirectory, "containers")) && Directory.GetDirectories(Path.Combine(sandbox.RunDirectory, "containers")).Length > 0,
            () => NetworkHost.Links().Length > 2,
        ];
        foreach (Func<bool> moment in moments)
        {
            sandbox.Hearth("network", "create", "front");
            using Command run = sandbox.StartKeeping("run", "--rm", "--network", "front", tree, "true");
            Sandbox.WaitUntil(moment, "the moment of the removal");
            using Command removal = sandbox.StartKeeping("network", "rm", "front");
            run.CloseInput();
            CommandResult ran = run.Wait();
            CommandResult removed = removal.Wait();

            Assert.True(
                (ran.ExitCode, removed.ExitCode) is (0, 0 or 1) or (125, 0), $"run: {ran.ExitCode} {ran.ErrorText}, rm: {removed.ExitCode} {removed.ErrorText}");
            Assert.True(ran.ExitCode == 0 || ran.ErrorText.Contains("no network 'front'", StringComparison.Ordinal) || ran.ErrorText.Contains("network 'front'", StringComparison.Ordinal), ran.ErrorText);
            Assert.True(removed.ExitCode == 0 || removed.ErrorText.Contains("cannot remove the network 'front': the container '", StringComparison.Ordinal), removed.ErrorText);
            Assert.True(removed.ExitCode == 1 || moment != moments[^1], "a network of a container was removed");
            if (removed.ExitCode != 0)
            {
                sandbox.Hearth("network", "rm", "front");
            }

            Assert.Equal("", sandbox.Hearth("ps", "-aq"));
            Assert.Equal(["lo", "uplink"], NetworkHost.Links());
            Assert.Equal("", Command.Tool("nft", "list", "ruleset"));
        }
    });

    [Fact]
    public void A_policy_applies_in_all_networks_of_a_container() => NetworkHost.Run(outside =>
    {
        using NameServerOutside server = new();
        sandbox.Hearth("network", "create", "front");
        sandbox.Hearth("network", "create", "--internal", "--subnet", "10.1.0.0/24", "back");
        string tree = MakeTree();
        Serve(tree, "one", "--network", "front");
        Serve(tree, "two", "--network", "back:ip=10.1.0.77");
        string front = AddressOf("one", "front");
        sandbox.Hearth("run", "-d", "--name", "both", "--network", "back", "--network", "front", "--dns", NameServerOutside.Address,
            "--egress", "deny", "--allow", $"{front}:80", "--allow", "plain.example:8080", tree, "sleep", "1000");

        Assert.Equal("one\nno\n", Exec("both", $"{Get(front)}; {Get("10.1.0.77")}"));
        Assert.Equal(OutsideHost.HostAddress + "\n", Exec("both", Outside.Replace(OutsideHost.Address, "plain.example", StringComparison.Ordinal)));
        Assert.Equal("no\nno\n", Exec("both", $"{Outside.Replace($"{OutsideHost.Port}", "81", StringComparison.Ordinal)}; {Outside.Replace(OutsideHost.Address, "four.example", StringComparison.Ordinal)}"));

        sandbox.Hearth("network", "policy", "set", "--egress", "deny", "--allow", "10.1.0.0/24", "both");
        Assert.Equal("no\ntwo\nno\n", Exec("both", $"{Get(front)}; {Get("10.1.0.77")}; {Outside}"));
        Assert.StartsWith("two (10.1.0.77, a container) is allowed: --allow 10.1.0.0/24 names it", sandbox.RunExpecting(0, "network", "explain", "both", "two").OutputText, StringComparison.Ordinal);
        Assert.Contains("one", sandbox.RunExpecting(1, "network", "explain", "both", "one:80").OutputText, StringComparison.Ordinal);

        sandbox.Hearth("network", "policy", "set", "--deny", "10.1.0.77", "--deny", "plain.example", "both");
        Assert.Equal("one\nno\nno\n", Exec("both", $"{Get(front)}; {Get("10.1.0.77")}; {Outside.Replace(OutsideHost.Address, "plain.example", StringComparison.Ordinal)}"));
        sandbox.Hearth("rm", "-f", "one", "two", "both");
        sandbox.Hearth("network", "rm", "front", "back");
    });

    [Fact]
    public void A_stopped_container_is_connected_and_disconnected() => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("network", "create", "front");
        sandbox.Hearth("network", "create", "back");
        sandbox.Hearth("create", "--network", "none", "--name", "box", MakeTree(), "sleep", "1000");
        sandbox.Hearth("network", "connect", "--ip", "172.30.0.9", "--alias", "db", "front", "box");
        sandbox.Hearth("network", "connect", "back", "box");
        Refused(1, "is connected to the network 'back' already", "network", "connect", "back", "box");
        sandbox.Hearth("start", "box");

        Assert.Equal(("172.30.0.9", 2), (AddressOf("box", "front"), Exec("box", "ls /sys/class/net").Split('\n').Count(name => name.StartsWith("eth", StringComparison.Ordinal))));
        Refused(1, "cannot disconnect container 'box': it runs", "network", "disconnect", "front", "box");
        Refused(1, "cannot connect container 'box': it runs", "network", "connect", "nat", "box");
        sandbox.Hearth("stop", "-t", "0", "box");
        sandbox.Hearth("network", "disconnect", "front", "box");
        Refused(1, "is not connected to the network 'front'", "network", "disconnect", "front", "box");
        sandbox.Hearth("start", "box");
        Assert.Equal("back", JsonDocument.Parse(sandbox.Hearth("inspect", "box")).RootElement[0].GetProperty("NetworkSettings").GetProperty("Networks").EnumerateObject().Single().Name);
        sandbox.Hearth("rm", "-f", "box");

        Assert.Equal(
            "create front, create back, connect front, connect back, disconnect back, disconnect front, connect back, disconnect back", EventsOfNetworks());
        sandbox.Hearth("network", "rm", "front", "back");
    });

    [Fact]
    public void The_subnet_of_hearths_own_network_is_chosen_and_must_be_free() => NetworkHost.Run(_ =>
    {
        string tree = MakeTree();
        sandbox.Hearth("run", "-d", "--network", "nat", "--subnet", "10.5.0.0/24", "--name", "box", tree, "sleep", "1000");
        Assert.StartsWith("10.5.0.", AddressOf("box", "nat"), StringComparison.Ordinal);
        Refused(125, "it runs with another subnet (10.5.0.1/24) than 10.6.0.0/24; use the same one, or end its containers first", "run", "--network", "nat", "--subnet", "10.6.0.0/24", tree, "true");
        CommandResult without = sandbox.RunExpecting(0, "run", "--network", "auto", tree, "ls", "/sys/class/net");
        Assert.Equal("lo\n", without.OutputText);
        Assert.Contains("warning: the container has no network: cannot attach a machine to the network 'nat': it runs with another subnet", without.ErrorText, StringComparison.Ordinal);
        using (RouteSocket socket = RouteSocket.Open())
        {
            Routes.Add(socket, new RouteInfo(IPAddress.Parse("10.5.0.128"), 25, null, Links.Find(socket, "uplink")!.Index));
        }

        Assert.Contains(
            "warning: the host's route 10.5.0.128/25 by uplink overlaps the network 'nat' (10.5.0.0/24) since its first container started",
            sandbox.RunExpecting(0, "run", "--network", "nat", "--subnet", "10.5.0.0/24", tree, "true").ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("rm", "-f", "box");

        using (RouteSocket socket = RouteSocket.Open())
        {
            Routes.Add(socket, new RouteInfo(IPAddress.Parse("172.29.7.0"), 24, null, Links.Find(socket, "uplink")!.Index));
        }

        Refused(125, "its subnet 172.29.0.0/16 overlaps the host's route 172.29.7.0/24 by uplink; choose another with --subnet", "run", "--network", "nat", tree, "true");
        Assert.Contains("overlaps the host's route", sandbox.RunExpecting(0, "run", "--network", "auto", tree, "true").ErrorText, StringComparison.Ordinal);
        Refused(125, "'10.5.0.1/24' is not a subnet", "run", "--network", "nat", "--subnet", "10.5.0.1/24", tree, "true");
        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
    });

    [Fact(Explicit = true)]
    public void Two_run_directories_share_the_bridge_and_forwarding_until_the_last_container() => NetworkHost.Run(_ =>
    {
        using Sandbox other = new();
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", MakeTree(), "sleep", "1000");
        other.Hearth("run", "-d", "--network", "nat", "--name", "box", BusyboxTree.Make(other), "sleep", "1000");
        Assert.NotEqual(AddressOf("box", "nat"), other.Inspect("box", "NetworkSettings.Networks.nat.IPAddress"));

        KillKeeper("box");
        sandbox.Hearth("rm", "-f", "box");
        sandbox.WaitForUsers();
        Assert.Equal("1", NetworkHost.Forwarding);
        Assert.Contains("hearth0", NetworkHost.Links());
        other.Hearth("rm", "-f", "box");
        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
    });

    private static string Outside => $"busybox nc -w 5 {OutsideHost.Address} {OutsideHost.Port} </dev/null 2>/dev/null || echo no";

    private static string Get(string host) => $"busybox timeout 5 busybox wget -qO- http://{host}/page 2>/dev/null || echo no";

    private string Exec(string container, string script) => sandbox.RunExpecting(0, "exec", container, "sh", "-c", script).OutputText;

    private string AddressOf(string container, string network, string member = "IPAddress") => sandbox.Inspect(container, $"NetworkSettings.Networks.{network}.{member}");

    /// <summary>The IPv4 addresses that a container gets for a name.</summary>
    private string[] Addresses(string container, string name) =>
        Exec(container, $"busybox nslookup -type=a {name} | busybox sed -n '/^Name/,$ s/^Address: //p'").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string EventsOfNetworks() => sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", "type=network", "--format", "{{.Action}} {{.Actor.Attributes.name}}").Replace("\n", ", ", StringComparison.Ordinal);

    private void Refused(int code, string words, params string[] command)
    {
        CommandResult refused = sandbox.RunExpecting(code, command);
        Assert.Contains(words, refused.ErrorText, StringComparison.Ordinal);
    }

    private void Serve(string tree, string name, params string[] flags)
    {
        sandbox.Hearth(["run", "-d", "--name", name, .. flags, tree, "sh", "-c", $"echo {name} > /tmp/page; exec busybox httpd -f -p 80 -h /tmp"]);
        Assert.Equal(name + "\n", NetworkHost.Fetch(JsonDocument.Parse(sandbox.Hearth("inspect", name)).RootElement[0].GetProperty("NetworkSettings").GetProperty("Networks").EnumerateObject().First().Value.GetProperty("IPAddress").GetString()!));
    }

    private void KillKeeper(string container)
    {
        int machines = sandbox.MonitorProcesses().Count;
        Signals.Send(sandbox.KeeperOf(container), SignalNumber.Kill);
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == machines - 1, "the end of the machine");
    }

    private string MakeTree() => BusyboxTree.Make(sandbox);
}
