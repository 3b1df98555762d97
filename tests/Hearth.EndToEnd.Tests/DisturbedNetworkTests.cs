using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests;

/// <summary>What other programs, and the host itself, do to the network of running containers.</summary>
public sealed class DisturbedNetworkTests : IDisposable
{
    private static readonly string ask = $"busybox nc -w 5 {OutsideHost.Address} {OutsideHost.Port} </dev/null || echo refused";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("nft", "flush", "ruleset")]
    [InlineData("ip", "link", "del", "hearth0")]
    public void Ports_rates_and_policies_come_back_by_themselves(params string[] act) => NetworkHost.Run(outside =>
    {
        using Command box = sandbox.Start("run", "--network", "nat", "--name", "box", "-p", "8080:80", "--network-rate", "10m", "--egress", "deny", "--allow", "192.0.2.0/24:81",
            NetworkHost.MakeTree(sandbox), "sh", "-c", string.Join(' ', NetworkHost.Server));
        NetworkHost.Fetch("127.0.0.1", 8080);
        Assert.Equal(NetworkHost.Page, Fetch(outside));
        Assert.Equal("refused", sandbox.Hearth("exec", "box", "sh", "-c", ask));

        Command.Tool(act[0], act[1..]);
        Sandbox.WaitUntil(() => Fetch(outside) == NetworkHost.Page, "the published port");
        Assert.Equal("refused", sandbox.Hearth("exec", "box", "sh", "-c", ask));
        Assert.Contains("limit name iifname map @rates_up", Command.Tool("nft", "list", "ruleset"), StringComparison.Ordinal);
        Assert.Contains("type ifname : limit\n\t\telements = { \"hearth-", Command.Tool("nft", "list", "table", "bridge", "hearth0"), StringComparison.Ordinal);

        sandbox.Hearth("stop", "-t", "0", "box");
        Assert.Contains("hearth: warning: another program removed rules of the container's network; they were restored once", box.Wait().ErrorText, StringComparison.Ordinal);
    });

    [Fact]
    public void What_a_rate_drops_is_shown() => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--network-rate", "5k", "--network-burst", "10k", "--name", "box", NetworkHost.MakeTree(sandbox), "sleep", "1000");
        sandbox.Hearth("exec", "box", "sh", "-c", $"busybox ping -q -c 100 -i 0.01 -W 1 -s 1400 {OutsideHost.Address} || true");

        JsonElement settings = JsonDocument.Parse(sandbox.Hearth("inspect", "box")).RootElement[0].GetProperty("NetworkSettings");
        Assert.True(settings.GetProperty("interfaces")[0].GetProperty("SentDropped").GetInt64() > 0, settings.ToString());
        Assert.DoesNotMatch(" 0 / 0 *$", sandbox.Hearth("stats", "--no-stream"));
        sandbox.Hearth("rm", "-f", "box");
    });

    [Fact]
    public void One_of_two_containers_that_want_one_address_at_once_gets_it() => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        Command[] starts = [.. Enumerable.Range(0, 3).Select(number =>
            sandbox.StartKeeping("run", "-d", "--network", "nat", "--ip", "172.29.0.77", "--name", $"box{number}", tree, "sleep", "1000"))];
        CommandResult[] results = [.. starts.Select(start => start.Wait())];

        Assert.Equal([0, 125, 125], results.Select(result => result.ExitCode).Order());
        Assert.All(results.Where(result => result.ExitCode != 0), result => Assert.Contains(
            "cannot use the address 172.29.0.77: another container of the network 'nat' has it; choose another or remove that container", result.ErrorText, StringComparison.Ordinal));
        Assert.Equal(["hearth-ac1d004d", "hearth0", "lo", "uplink"], NetworkHost.Links());
        sandbox.Hearth("rm", "-f", "box0", "box1", "box2");
    });

    [Fact(Explicit = true)]
    public void A_suspended_host_goes_on_with_its_connections_names_ports_and_policies() => NetworkHost.Run(outside =>
    {
        using NameServerOutside server = new();
        string tree = NetworkHost.MakeTree(sandbox);
        Command.Tool("clang", "-static", "-O1", "-o", Path.Combine(tree, "bin/resolve"), Path.Combine(AppContext.BaseDirectory, "Support/resolve.c"));
        sandbox.Hearth("run", "-d", "--network", "nat", "--dns", NameServerOutside.Address, "--egress", "deny", "--allow", "plain.example:8080", "--name", "box",
            "-p", "8080:80", "-p", "7000:7000", tree, "sh", "-c", $"server hold 7000 & {string.Join(' ', NetworkHost.Server)}");
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "other", tree, "sleep", "1000");
        NetworkHost.Fetch("127.0.0.1", 8080);
        using Socket relayed = Connect("127.0.0.1");
        using Socket translated = outside.Run(() => Connect(OutsideHost.HostAddress));
        Assert.Equal(OutsideHost.HostAddress, AskByName());

        int[] stopped = [sandbox.KeeperOf("box"), sandbox.KeeperOf("other"), .. sandbox.MonitorProcesses()];
        Array.ForEach(stopped, pid => Signals.Send(pid, SignalNumber.Stop));
        Task<string> asked = Task.Run(() => outside.Run(() => Fetch(outside)));
        using ManualResetEventSlim never = new();
        never.Wait(TimeSpan.FromSeconds(5));

        // What names opened has expired by then: nf_tables counts its time while the host is suspended.
        Command.Tool("nft", "flush", "set", "inet", "hearth0", "learned4_tcp");
        Array.ForEach(stopped, pid => Signals.Send(pid, SignalNumber.Continue));

        Assert.Equal(NetworkHost.Page, asked.GetAwaiter().GetResult());
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", 8080));
        Assert.All((Socket[])[relayed, translated], AssertAlive);
        Assert.Equal("refused", sandbox.Hearth("exec", "box", "sh", "-c", ask));
        Assert.Equal(OutsideHost.HostAddress, AskByName());
        Assert.NotEqual("", sandbox.Hearth("exec", "other", "resolve", "box").Replace("box none", "", StringComparison.Ordinal));
        sandbox.Hearth("rm", "-f", "box", "other");
    });

    private string AskByName() => sandbox.Hearth("exec", "box", "sh", "-c", $"busybox nc -w 10 plain.example {OutsideHost.Port} </dev/null || echo refused");

    private static string Fetch(OutsideHost outside) => outside.Run(() => NetworkHost.TryFetch(OutsideHost.HostAddress, 8080));

    /// <summary>A connection to a server that writes one byte, and ends it when it gets one.</summary>
    private static Socket Connect(string address)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
        socket.Connect(IPAddress.Parse(address), 7000);
        Assert.Equal(1, socket.Receive(new byte[1]));
        return socket;
    }

    private static void AssertAlive(Socket connection)
    {
        connection.Send(Encoding.ASCII.GetBytes("."));
        connection.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, connection.Receive(new byte[1]));
    }
}
