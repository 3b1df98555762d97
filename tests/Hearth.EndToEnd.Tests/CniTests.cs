using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;
using Hearth.Linux.Tests.Network;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>--network cni:NAME</c> with Debian's plugins, each on a host in a network namespace of its own with a machine outside.</summary>
public sealed class CniTests : IDisposable
{
    private const int Port = 18080;
    private const string Bridge = """{ "type": "bridge", "bridge": "cni7", "isGateway": true, "ipMasq": true, IPAM, "dns": { "nameservers": ["192.0.2.53"], "search": ["example.org"] } }""";
    private const string Pair = """{ "type": "ptp", "ipMasq": true, "mtu": 1400, IPAM }""";
    private const string Ports = """{ "type": "portmap", "capabilities": { "portMappings": true } }""";

    private readonly Sandbox sandbox = new();

    public CniTests()
    {
        Directory.CreateDirectory(sandbox.PathOf("cni"));
        sandbox.Set("HEARTH_CNI_CONFIG", sandbox.PathOf("cni"));
    }

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_container_has_the_interface_the_ports_and_the_names_of_a_bridge() => OnHost(() =>
    {
        Write("front", Bridge, Ports, """{ "type": "firewall" }""", """{ "type": "loopback" }""");
        sandbox.Hearth(["run", "-d", "--network", "cni:front", "-p", $"{Port}:80", "--name", "web", NetworkHost.MakeTree(sandbox), .. NetworkHost.Server]);

        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.77.0.2"));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch(OutsideHost.HostAddress, Port));
        Assert.Equal(
            $"{OutsideHost.HostAddress}\nnameserver 192.0.2.53\nsearch example.org",
            sandbox.Hearth("exec", "web", "sh", "-c", $"busybox nc {OutsideHost.Address} {OutsideHost.Port} </dev/null; cat /etc/resolv.conf"));
        sandbox.Hearth("restart", "-t", "0", "web");
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch(OutsideHost.HostAddress, Port));
        sandbox.Hearth("rm", "-f", "web");
        AssertNothingLeft();
    });

    [Fact]
    public void A_policy_confines_a_container_and_its_published_port_works() => OnHost(() =>
    {
        Write("front", Bridge, Ports);
        sandbox.Hearth(["run", "-d", "--network", "cni:front", "-p", $"{Port}:80", "--deny", $"{OutsideHost.Address}:{OutsideHost.Port}", "--name", "web", NetworkHost.MakeTree(sandbox), .. NetworkHost.Server]);

        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.77.0.2"));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch(OutsideHost.HostAddress, Port));
        string[] ask = ["exec", "web", "sh", "-c", $"busybox nc {OutsideHost.Address} {OutsideHost.Port} </dev/null || echo refused"];
        Assert.Equal("refused", sandbox.Hearth(ask));
        sandbox.Hearth("network", "policy", "set", "--egress", "deny", "--allow", OutsideHost.Address, "web");
        Assert.Equal(OutsideHost.HostAddress, sandbox.Hearth(ask));
        sandbox.Hearth("rm", "-f", "web");
        AssertNothingLeft();
    });

    [Fact]
    public void A_container_has_the_end_of_a_pair() => OnHost(() =>
    {
        Write("pair", Pair);

        string report = sandbox.PathOf("report.json");
        CommandResult result = sandbox.RunExpecting(0, "run", "--report", report, "--network", "cni:pair", NetworkHost.MakeTree(sandbox), "sh", "-c",
            $"busybox nc {OutsideHost.Address} {OutsideHost.Port} </dev/null; cat /sys/class/net/eth0/mtu; busybox ip -4 route");

        Assert.Equal(
            $"{OutsideHost.HostAddress}\n1400\ndefault via 10.77.0.1 dev eth0 \n10.77.0.0/24 via 10.77.0.1 dev eth0  src 10.77.0.2 \n10.77.0.1 dev eth0 scope link  src 10.77.0.2 \n",
            result.OutputText);
        JsonElement counters = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("network").GetProperty("interfaces")[0];
        Assert.Equal("eth0", counters.GetProperty("network").GetString());
        Assert.All((string[])["sentBytes", "sentPackets", "receivedBytes", "receivedPackets"], name => Assert.True(counters.GetProperty(name).GetInt64() > 0, name));
        AssertNothingLeft();
    });

    [Fact]
    public void The_next_command_removes_a_container_from_the_network_when_its_keeper_was_killed() => OnHost(() =>
    {
        Write("front", Bridge, Ports);
        sandbox.Hearth("run", "-d", "--network", "cni:front", "-p", $"{Port}:80", "--name", "box", NetworkHost.MakeTree(sandbox), "sleep", "1000");
        Assert.Contains("10.77.0.2", Rules(), StringComparison.Ordinal);

        Signals.Send(sandbox.KeeperOf("box"), SignalNumber.Kill);
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the end of the machine");
        sandbox.Hearth("rm", "-f", "box");

        AssertNothingLeft();
        Sandbox.WaitUntil(FreesUsers, "the release of the machine's user", TimeSpan.FromSeconds(60));
    });

    [Fact]
    public void A_keeper_that_is_killed_while_a_plugin_runs_leaves_nothing() => OnHost(() =>
    {
        string plugins = Directory.CreateDirectory(sandbox.PathOf("plugins")).FullName;
        File.WriteAllText(Path.Combine(plugins, "killer"), "#!/bin/sh\ntest \"$CNI_COMMAND\" != ADD || kill -9 $PPID\n");
        File.SetUnixFileMode(Path.Combine(plugins, "killer"), (UnixFileMode)0b111_101_101);
        sandbox.Set("HEARTH_CNI_PLUGINS", $"/opt/cni/bin:/usr/lib/cni:{plugins}");
        Write("front", Bridge, Ports, """{ "type": "killer" }""");

        Assert.NotEqual(0, sandbox.Run("run", "--network", "cni:front", "-p", $"{Port}:80", "--name", "box", NetworkHost.MakeTree(sandbox), "true").ExitCode);
        Assert.Contains("10.77.0.2", Rules(), StringComparison.Ordinal);
        sandbox.Hearth("ps");

        AssertNothingLeft();
        Assert.Empty(Directory.GetFiles(sandbox.PathOf("state/cni")));
        sandbox.Run("rm", "-f", "box");
        Sandbox.WaitUntil(FreesUsers, "the release of the machine's user", TimeSpan.FromSeconds(60));
    });

    /// <summary>A restart ends all processes, empties the run directory, the kernel's tables and its control groups, and has another boot id.</summary>
    [Fact]
    public void The_next_command_removes_a_container_from_the_network_when_the_host_was_restarted() => OnHost(() =>
    {
        Write("front", Bridge, Ports);
        string id = sandbox.Hearth("run", "-d", "--network", "cni:front", "--name", "box", NetworkHost.MakeTree(sandbox), "sleep", "1000");
        Assert.Single(Directory.GetFiles(sandbox.PathOf("addresses"), "10.*", SearchOption.AllDirectories));
        string place = sandbox.PathOf($"state/cni/{id}.json");

        Signals.Send(sandbox.KeeperOf("box"), SignalNumber.Kill);
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the end of the machine");
        NetworkNamespace.Unpin(Path.Combine(sandbox.RunDirectory, "containers", id, "netns"));
        Directory.Delete(sandbox.RunDirectory, recursive: true);
        Command.Tool("nft", "flush", "ruleset");
        foreach (string group in sandbox.ControlGroups())
        {
            Sandbox.WaitUntil(
                () =>
                {
                    using Command removal = Command.Start("find", [group, "-depth", "-type", "d", "-delete"]);
                    return removal.Wait().ExitCode == 0;
                },
                "the end of the group's processes");
        }

        File.WriteAllText(place, File.ReadAllText(place).Replace(Hearth.Containers.HostBoot.Current, Guid.NewGuid().ToString(), StringComparison.Ordinal));
        Assert.Contains($"removed container {id[..12]} from its CNI network: the host went down while it ran", sandbox.RunExpecting(0, "ps").ErrorText, StringComparison.Ordinal);

        AssertNothingLeft();
        Assert.False(File.Exists(place));
        sandbox.Hearth("rm", "-f", "box");
        Sandbox.WaitUntil(FreesUsers, "the release of the machine's user", TimeSpan.FromSeconds(60));
    });

    [Fact]
    public void A_plugin_that_fails_is_quoted_and_what_others_made_is_removed() => OnHost(() =>
    {
        Write("front", Bridge, """{ "type": "tuning", "sysctl": { "net.of.nobody": "1" } }""");

        CommandResult refused = sandbox.RunExpecting(125, "run", "--network", "cni:front", NetworkHost.MakeTree(sandbox), "true");

        Assert.Contains("hearth: cannot add the container to the CNI network 'front': the plugin 'tuning' failed", refused.ErrorText, StringComparison.Ordinal);
        Assert.Contains("net/of/nobody", refused.ErrorText, StringComparison.Ordinal);
        AssertNothingLeft();
    });

    [Fact]
    public void A_network_that_does_not_exist_is_refused_with_those_that_do() => OnHost(() =>
    {
        Write("front", Bridge);
        string tree = NetworkHost.MakeTree(sandbox);

        Assert.Contains(
            $"cannot find the CNI network 'back' in {sandbox.PathOf("cni")}: the directory has front",
            sandbox.RunExpecting(125, "run", "--network", "cni:back", tree, "true").ErrorText,
            StringComparison.Ordinal);
        Assert.Contains(
            "none of its plugins has the capability portMappings",
            sandbox.RunExpecting(125, "run", "--network", "cni:front", "-p", "80:80", tree, "true").ErrorText,
            StringComparison.Ordinal);
        Assert.Contains(
            "cannot use --network-rate with --network cni:front: its plugins decide that",
            sandbox.RunExpecting(125, "run", "--network", "cni:front", "--network-rate", "1m", tree, "true").ErrorText,
            StringComparison.Ordinal);
        sandbox.Set("HEARTH_CNI_PLUGINS", sandbox.PathOf("cni"));
        Assert.Contains(
            $"the plugin 'bridge' is not in {sandbox.PathOf("cni")}",
            sandbox.RunExpecting(125, "run", "--network", "cni:front", tree, "true").ErrorText,
            StringComparison.Ordinal);
    });

    private void Write(string name, params string[] plugins)
    {
        string addresses = $$"""
            "ipam": { "type": "host-local", "dataDir": "{{sandbox.PathOf("addresses")}}", "ranges": [[{ "subnet": "10.77.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] }
            """;
        string list = string.Join(",", plugins).Replace("IPAM", addresses, StringComparison.Ordinal);
        File.WriteAllText(sandbox.PathOf($"cni/10-{name}.conflist"), $$"""{ "cniVersion": "1.0.0", "name": "{{name}}", "plugins": [{{list}}] }""");
    }

    private static void OnHost(Action test) => OwnNamespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "0");
        using OutsideHost outside = new();
        test();
    });

    /// <summary>The bridge stays, as the plugin leaves it.</summary>
    private void AssertNothingLeft()
    {
        using RouteSocket socket = RouteSocket.Open();
        Sandbox.WaitUntil(
            () => Links.List(socket).All(link => link.Name is "lo" or "uplink" or "cni7"), $"interfaces: {string.Join(", ", Links.List(socket).Select(link => link.Name))}");
        Assert.DoesNotContain("10.77.0.2", Rules(), StringComparison.Ordinal);
        Assert.DoesNotContain($"{Port}", Rules(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(sandbox.PathOf("addresses"), "10.*", SearchOption.AllDirectories));
        Assert.DoesNotContain(File.ReadLines("/proc/self/mountinfo"), line => line.Contains(sandbox.RunDirectory, StringComparison.Ordinal));
    }

    private bool FreesUsers()
    {
        sandbox.Hearth("run", "--rm", "--network", "none", sandbox.PathOf("busybox"), "busybox", "true");
        return Directory.GetFiles(sandbox.PathOf("state/users")).Length == 0;
    }

    private static string Rules()
    {
        using Command command = Command.Start("nft", ["list", "ruleset"]);
        command.CloseInput();
        return command.Wait().OutputText;
    }
}
