using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;
using Hearth.Linux.Tests.Network;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>--network host-forward</c>: a process of the host makes the container's connections.</summary>
public sealed class HostForwardTests : IDisposable
{
    private const int Port = 18080;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_container_connects_as_the_host_and_is_reached_by_published_ports() => OnHost(() =>
    {
        sandbox.Hearth(["run", "-d", "--network", "host-forward", "-p", $"{Port}:80", "-p", $"127.0.0.1:{Port + 1}:80", "--expose", "80", "-P", "-p", "80/udp", "--name", "web", NetworkHost.MakeTree(sandbox), .. NetworkHost.Server]);

        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch(OutsideHost.HostAddress, Port));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", Port));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", Port + 1));

        // Debian's passt does not report the server's end after the client's.
        Assert.Equal(OutsideHost.HostAddress, sandbox.Hearth("exec", "web", "sh", "-c", $"sleep 3 | busybox nc {OutsideHost.Address} {OutsideHost.Port}"));
        Assert.StartsWith("nameserver 127.0.0.11", sandbox.Hearth("exec", "web", "cat", "/etc/resolv.conf"), StringComparison.Ordinal);
        Assert.Contains($"80/tcp -> 0.0.0.0:{Port}", sandbox.Hearth("port", "web"), StringComparison.Ordinal);
        sandbox.Hearth("pause", "web");
        sandbox.Hearth("unpause", "web");
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", Port));
        Assert.All((string[])["SentPackets", "SentBytes", "ReceivedPackets", "ReceivedBytes"], name => Assert.NotEqual("0", sandbox.Inspect("web", $"NetworkSettings.interfaces.0.{name}")));
        using RouteSocket socket = RouteSocket.Open();
        Assert.Equal(["lo", "uplink"], Links.List(socket).Select(link => link.Name));

        CommandResult taken = sandbox.RunExpecting(125, "run", "--network", "host-forward", "-p", $"{Port}:80", sandbox.PathOf("busybox"), "true");
        Assert.Contains($"cannot publish port {Port} ({Port}/tcp): the host uses it already", taken.ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("rm", "-f", "web");
    });

    [Fact]
    public void A_container_reaches_no_service_of_the_host() => OnHost(() =>
    {
        using TcpListener loopback = new(IPAddress.Loopback, Port);
        loopback.Start();
        using TcpListener all = new(IPAddress.Any, Port + 1);
        all.Start();

        string report = sandbox.PathOf("report.json");
        CommandResult result = sandbox.RunExpecting(0, "run", "--report", report, "--network", "host-forward", NetworkHost.MakeTree(sandbox), "sh", "-c",
            $"busybox nc -w 3 10.0.2.2 {Port} </dev/null && echo reached; busybox nc -w 3 {OutsideHost.HostAddress} {Port + 1} </dev/null && echo reached; true");

        Assert.Equal("", result.OutputText);
        JsonElement counters = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("network").GetProperty("interfaces")[0];
        Assert.Equal("host-forward", counters.GetProperty("network").GetString());
        Assert.True(counters.GetProperty("sentDropped").GetInt64() > 0);
        Assert.False(loopback.Pending());
        Assert.False(all.Pending());
    });

    [Fact]
    public void A_keeper_that_is_killed_takes_everything_with_it() => OnHost(() =>
    {
        sandbox.Hearth("run", "-d", "--network", "host-forward", "-p", $"{Port}:80", "--name", "box", NetworkHost.MakeTree(sandbox), "sleep", "1000");

        Signals.Send(sandbox.KeeperOf("box"), SignalNumber.Kill);
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the end of the machine");
        Sandbox.WaitUntil(CanListen, "the end of passt");
        sandbox.Hearth("rm", "-f", "box");
        Sandbox.WaitUntil(FreesUsers, "the release of the machine's user", TimeSpan.FromSeconds(60));
    });

    [Theory]
    [InlineData("--egress", "deny")]
    [InlineData("--allow", "192.0.2.0/24")]
    [InlineData("--ip", "10.0.0.1")]
    [InlineData("--network-rate", "1m")]
    [InlineData("--publish-loopback", "--publish", "80:80")]
    public void What_it_cannot_do_is_refused(params string[] flags)
    {
        CommandResult refused = sandbox.RunExpecting(125, ["run", "--network", "host-forward", .. flags, NetworkHost.MakeTree(sandbox), "true"]);

        Assert.Contains("with --network host-forward: its connections are those of a process of the host", refused.ErrorText, StringComparison.Ordinal);
    }

    private static void OnHost(Action test) => OwnNamespace.Run(() =>
    {
        using OutsideHost outside = new();
        using RouteSocket socket = RouteSocket.Open();
        Routes.Add(socket, new RouteInfo(IPAddress.Any, 0, IPAddress.Parse(OutsideHost.Address), Links.Find(socket, "uplink")!.Index));
        test();
    });

    private static bool CanListen()
    {
        try
        {
            using TcpListener listener = new(IPAddress.Any, Port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private bool FreesUsers()
    {
        sandbox.Hearth("run", "--rm", "--network", "none", sandbox.PathOf("busybox"), "busybox", "true");
        return Directory.GetFiles(sandbox.PathOf("state/users")).Length == 0;
    }
}
