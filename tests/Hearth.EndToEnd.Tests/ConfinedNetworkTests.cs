using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;
using Hearth.Network.Tests;

namespace Hearth.EndToEnd.Tests;

/// <summary>A policy in a network that Hearth has not made: <c>netns:PATH</c>, with a name server at the network's router.</summary>
public sealed class ConfinedNetworkTests : IDisposable
{
    private const string Router = "10.50.0.1";
    private const string Named = "192.0.2.9";
    private const string Named6 = "2001:db8::9";
    private const string Port = "8080";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_policy_decides_about_names_and_connections_and_is_changed() => OnHost(place =>
    {
        string before = JoinedNetworkTests.Describe(place);
        sandbox.Hearth(["run", "-d", "--network", "netns:" + place.Path, "--dns", Router, "--egress", "deny", "--allow", "plain.example", "--allow", "10.60.0.0/16:8080", "--name", "web", NetworkHost.MakeTree(sandbox), .. NetworkHost.Server]);

        // Clients come in, and what is not allowed does not go out, by either interface.
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.50.0.2"));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("fd50::2"));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.51.0.2"));
        Assert.Equal("10.51.0.2", Connect("10.60.0.1"));
        Assert.All((string[])[Named, Named6, Router, "fd50::1"], address => Assert.Equal("refused", Connect(address)));

        // The keeper asks the network's server, which the container cannot.
        Assert.Equal("refused", Connect(Router, "53"));
        Assert.Equal("nameserver 127.0.0.11", sandbox.Hearth("exec", "web", "busybox", "grep", "nameserver", "/etc/resolv.conf"));
        Assert.Equal("10.50.0.2", Connect("plain.example"));
        Assert.Equal("10.50.0.2", Connect(Named));
        Assert.Equal("fd50::2", Connect(Named6));
        Assert.Contains("NXDOMAIN", sandbox.Run("exec", "web", "busybox", "nslookup", "four.example").OutputText, StringComparison.Ordinal);

        Assert.Equal("--egress deny\n--allow plain.example\n--allow 10.60.0.0/16:8080", sandbox.Hearth("network", "policy", "show", "web"));
        Assert.StartsWith($"{Router}:80 is denied: it is the host", Explain(1, $"{Router}:80"), StringComparison.Ordinal);
        Assert.Equal($"{Named}:8080 is allowed: a name that the policy allows has led to it", Explain(0, $"{Named}:8080"));
        JsonElement[] denied = [.. JsonDocument.Parse(sandbox.Hearth("inspect", "web")).RootElement[0].GetProperty("NetworkSettings").GetProperty("denied").EnumerateArray()];
        Assert.Contains(denied, entry => entry.GetProperty("Destination").GetString() == Router);
        Assert.Contains(denied, entry => entry.GetProperty("Destination").GetString() == "four.example");

        sandbox.Hearth("network", "policy", "set", "--deny", $"plain.example:{Port}", "--allow", "host:8080", "web");
        Assert.Equal("refused", Connect(Named));
        Assert.Equal("10.50.0.2", Connect(Router));
        Assert.StartsWith($"{Named}:8080 is denied: a name that --deny names with this port has led to it", Explain(1, $"{Named}:8080"), StringComparison.Ordinal);

        // Somebody removes all rules: the keeper restores them, and the policy.
        place.Do(() => Command.Tool("nft", "flush", "ruleset"));
        Sandbox.WaitUntil(() => place.Do(() => Command.Tool("nft", "list", "ruleset")).Contains("barred4_tcp", StringComparison.Ordinal) && Connect(Named) == "refused", "the restored rules");
        Assert.Equal("10.50.0.2", Connect(Router));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("10.50.0.2"));
        sandbox.Hearth("rm", "-f", "web");
        Assert.Equal(before, JoinedNetworkTests.Describe(place));
    });

    [Fact]
    public void The_namespace_is_as_it_was_when_the_keeper_was_killed() => OnHost(place =>
    {
        string before = JoinedNetworkTests.Describe(place);
        sandbox.Hearth("run", "-d", "--network", "netns:" + place.Path, "--deny", Named, "--name", "box", NetworkHost.MakeTree(sandbox), "sleep", "1000");
        Assert.NotEqual(before, JoinedNetworkTests.Describe(place));

        Signals.Send(sandbox.KeeperOf("box"), SignalNumber.Kill);
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the end of the machine");
        sandbox.Hearth("rm", "-f", "box");

        Assert.Equal(before, JoinedNetworkTests.Describe(place));
        Sandbox.WaitUntil(() => JoinedNetworkTests.FreesUsers(sandbox), "the release of the machine's user", TimeSpan.FromSeconds(60));
    });

    [Fact]
    public void A_container_that_started_without_a_policy_gets_one_at_its_next_start() => OnHost(place =>
    {
        sandbox.Hearth("run", "-d", "--network", "netns:" + place.Path, "--name", "web", NetworkHost.MakeTree(sandbox), "sleep", "1000");
        Assert.Equal("10.50.0.2", Connect(Named));
        Assert.Contains("has no egress policy that can be changed now; start it with --egress, --allow or --deny", sandbox.RunExpecting(1, "network", "policy", "set", "--deny", Named, "web").ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("stop", "-t", "0", "web");
        sandbox.Hearth("network", "policy", "set", "--deny", Named, "web");
        sandbox.Hearth("start", "web");
        Assert.Equal("refused", Connect(Named));
        sandbox.Hearth("rm", "-f", "web");
    });

    private static void OnHost(Action<Host> test) => JoinedNetworkTests.OnHost(place =>
    {
        foreach (string address in (string[])["10.60.0.1/32", $"{Named}/32", $"{Named6}/128"])
        {
            Command.Tool("ip", ["address", "add", address, "dev", "lo", .. address.Contains(':', StringComparison.Ordinal) ? (string[])["nodad"] : []]);
        }

        using JoinedNetworkTests.Server server = new(Router, "fd50::1", "10.60.0.1", Named, Named6);
        using NameServerOutside names = new(Router);
        test(place);
    });

    private string Connect(string host, string port = Port) =>
        sandbox.Hearth("exec", "web", "sh", "-c", $"busybox nc -w 5 {host} {port} </dev/null || echo refused");

    private string Explain(int exitCode, string destination) => sandbox.RunExpecting(exitCode, "network", "explain", "web", destination).OutputText.TrimEnd();
}
