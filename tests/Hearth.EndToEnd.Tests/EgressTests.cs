using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;

namespace Hearth.EndToEnd.Tests;

/// <summary>Egress policies of running containers, on a host in a network namespace of its own with a machine outside.</summary>
public sealed class EgressTests : IDisposable
{
    private static readonly string ask = $"busybox nc -w 5 {OutsideHost.Address} {OutsideHost.Port} </dev/null || echo refused";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_policy_changes_while_the_container_runs() => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", NetworkHost.MakeTree(sandbox), "sleep", "1000");
        Assert.Equal("--egress allow", sandbox.Hearth("network", "policy", "show", "box"));
        Assert.Equal(OutsideHost.HostAddress, Ask());
        Assert.Equal($"{OutsideHost.Address}:8080 is allowed: the container has no egress policy", Explain(0, $"{OutsideHost.Address}:8080"));

        sandbox.Hearth("network", "policy", "set", "--egress", "deny", "--allow", "example.org:443", "--allow", $"{OutsideHost.Address}:81", "box");
        Assert.Equal("refused", Ask());
        Assert.Contains("NXDOMAIN", sandbox.RunExpecting(1, "exec", "box", "busybox", "nslookup", "example.com").OutputText, StringComparison.Ordinal);
        Assert.Equal("--egress deny\n--allow example.org:443\n--allow 192.0.2.9:81", sandbox.Hearth("network", "policy", "show", "box"));
        Assert.Equal("192.0.2.9:8080 is denied: no --allow names it, and --egress is deny", Explain(1, "192.0.2.9:8080"));
        Assert.Equal("192.0.2.9:81 is allowed: --allow 192.0.2.9:81 names it", Explain(0, "192.0.2.9:81"));
        Assert.Contains("no --allow names it, and --egress is deny, so it is not resolved", Explain(1, "example.com:443"), StringComparison.Ordinal);
        Assert.Contains("169.254.0.0/16 is closed", Explain(1, "169.254.169.254:80"), StringComparison.Ordinal);
        Assert.Contains("it is the host", Explain(1, "host:22"), StringComparison.Ordinal);
        Assert.Contains("other name servers are closed", Explain(1, "192.0.2.9:53/udp"), StringComparison.Ordinal);

        JsonElement settings = JsonDocument.Parse(sandbox.Hearth("inspect", "box")).RootElement[0].GetProperty("NetworkSettings");
        Assert.Contains(settings.GetProperty("denied").EnumerateArray(), denied => Matches(denied, OutsideHost.Address, "tcp", OutsideHost.Port));
        Assert.Contains(settings.GetProperty("denied").EnumerateArray(), denied => Matches(denied, "example.com", "dns", 0));
        Assert.True(settings.GetProperty("interfaces")[0].GetProperty("SentPackets").GetInt64() > 0);
        Assert.Matches("^[1-9][0-9]* / [1-9][0-9]*$", sandbox.Hearth("stats", "--no-stream", "--format", "{{.NetPackets}}", "box"));
        Sandbox.WaitUntil(() => Events().Any(line => line.Contains("destination=192.0.2.9", StringComparison.Ordinal)), "the event of a denied connection");
        Assert.Contains(Events(), line => line.Contains("destination=example.com", StringComparison.Ordinal) && line.Contains("protocol=dns", StringComparison.Ordinal));

        // The policy belongs to the container, not to its run.
        sandbox.Hearth("restart", "-t", "0", "box");
        Assert.Equal("refused", Ask());
        sandbox.Hearth("network", "policy", "set", "--egress", "allow", "box");
        Assert.Equal(OutsideHost.HostAddress, Ask());
        sandbox.Hearth("rm", "-f", "box");
    });

    [Fact]
    public void Each_name_is_open_before_its_answer_and_no_other_way_leads_out() => NetworkHost.Run(outside =>
    {
        const int trials = 1000;
        using NameServerOutside server = new();
        Assert.True(outside.Run(outside.ServeRange));
        using (RouteSocket socket = RouteSocket.Open())
        {
            Routes.Add(socket, new RouteInfo(IPAddress.Parse("11.0.0.0"), 16, IPAddress.Parse(OutsideHost.Address), 0));
        }

        string tree = NetworkHost.MakeTree(sandbox);
        Command.Tool("clang", "-static", "-O1", "-o", Path.Combine(tree, "bin/resolve"), Path.Combine(AppContext.BaseDirectory, "Support/resolve.c"));
        sandbox.Hearth("run", "-d", "--network", "nat", "--dns", NameServerOutside.Address, "--egress", "deny", "--allow", "*.trial.example:8080",
            "--allow", "plain.example", "--allow", "metadata.example", "--allow", "rebound.example", "--name", "box", tree, "sleep", "1000");

        Assert.Equal($"{trials} of {trials} connected", sandbox.Hearth("exec", "box", "resolve", "--trial", $"{trials}"));
        Assert.Equal("plain.example 192.0.2.9 2001:db8::9", sandbox.Hearth("exec", "box", "resolve", "plain.example"));

        // Names that are not allowed, answers that lead to closed and private addresses, and their addresses by number.
        Assert.Equal("four.example none\nmetadata.example none\nrebound.example none", sandbox.Hearth("exec", "box", "resolve", "four.example", "metadata.example", "rebound.example"));
        Assert.Equal("refused", Connect("169.254.169.254", 80));
        Assert.Equal("refused", Connect("11.1.0.1", 8080));
        Assert.Equal("refused", Connect("11.0.0.1", 81));

        // Another resolver, by UDP and by TCP, over IPv4 and IPv6, and DNS over TLS.
        Assert.Contains("no servers could be reached", sandbox.RunExpecting(1, "exec", "box", "busybox", "nslookup", "plain.example", OutsideHost.Address).OutputText, StringComparison.OrdinalIgnoreCase);
        Assert.All(((string, int)[])[(OutsideHost.Address, 53), (OutsideHost.Address6, 53), (OutsideHost.Address, 853), ("172.29.0.1", 53)], to => Assert.Equal("refused", Connect(to.Item1, to.Item2)));
        sandbox.Hearth("rm", "-f", "box");
    });

    private string Connect(string address, int port) =>
        sandbox.Hearth("exec", "box", "sh", "-c", $"busybox nc -w 5 {address} {port} </dev/null && echo open || echo refused");

    /// <summary>A service outside that a container may ask sends it to the metadata service.</summary>
    [Fact]
    public void A_redirect_to_metadata_leads_nowhere() => NetworkHost.Run(outside =>
    {
        const string metadata = "169.254.169.254";
        using TcpListener redirecting = outside.Run(() => Listen($"HTTP/1.0 302 Found\r\nLocation: http://{metadata}:8001/\r\n\r\n", 8000));
        using TcpListener secret = outside.Run(() => Listen("HTTP/1.0 200 OK\r\n\r\nsecret", 8001));
        using (RouteSocket socket = RouteSocket.Open())
        {
            Routes.Add(socket, new RouteInfo(IPAddress.Parse(metadata), 32, IPAddress.Parse(OutsideHost.Address), 0));
        }

        outside.Run(() =>
        {
            using RouteSocket socket = RouteSocket.Open();
            Addresses.Add(socket, new AddressInfo(Links.Find(socket, "wire")!.Index, IPAddress.Parse(metadata), 32));
            return true;
        });
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", NetworkHost.MakeTree(sandbox), "sleep", "1000");
        string[] fetch = ["exec", "box", "busybox", "wget", "-qO-", $"http://{OutsideHost.Address}:8000/"];

        Assert.Contains("Connection refused", sandbox.RunExpecting(1, fetch).ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("network", "policy", "set", "--egress", "allow", "--allow", metadata, "box");
        Assert.Equal("secret", sandbox.Hearth(fetch));
        sandbox.Hearth("rm", "-f", "box");

        static TcpListener Listen(string answer, int port)
        {
            TcpListener listener = new(IPAddress.Any, port);
            listener.Start();
            _ = ServeAsync(listener, answer);
            return listener;
        }

        static async Task ServeAsync(TcpListener listener, string answer)
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await listener.AcceptTcpClientAsync();
                    using StreamReader request = new(client.GetStream(), Encoding.ASCII, leaveOpen: true);
                    while (await request.ReadLineAsync() is { Length: > 0 })
                    {
                        // An answer before the request's end would be lost.
                    }

                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // The listener is closed.
            }
        }
    });

    [Fact]
    public void A_policy_of_a_stopped_container_is_changed_for_its_next_start() => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("create", "--network", "nat", "--name", "box", NetworkHost.MakeTree(sandbox), "sh", "-c", ask);
        sandbox.Hearth("network", "policy", "set", "--deny", "192.0.2.0/24", "box");

        Assert.Equal("refused", sandbox.Hearth("start", "-a", "box"));
        Assert.Equal("allow", JsonDocument.Parse(sandbox.Hearth("network", "policy", "show", "--format", "json", "box")).RootElement.GetProperty("egress").GetString());
        sandbox.Hearth("rm", "box");
    });

    [Fact]
    public void The_report_and_the_statistics_tell_what_passed() => NetworkHost.Run(_ =>
    {
        string report = sandbox.PathOf("report.json");
        sandbox.Hearth("run", "--rm", "--network", "nat", "--deny", "192.0.2.9:8080", "--network-rate", "5k", "--network-burst", "10k", "--report", report, NetworkHost.MakeTree(sandbox), "sh", "-c",
            $"busybox ping -q -c 50 -i 0.01 -W 1 -s 1400 {OutsideHost.Address}; {ask}");

        JsonElement network = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("network");
        Assert.Equal("nat", network.GetProperty("interfaces")[0].GetProperty("network").GetString());
        JsonElement counters = network.GetProperty("interfaces")[0];
        Assert.All((string[])["sentBytes", "sentPackets", "receivedBytes", "receivedPackets"], name => Assert.True(counters.GetProperty(name).GetInt64() > 0, name));
        Assert.True(counters.GetProperty("sentDropped").GetInt64() > 0);
        Assert.True(counters.GetProperty("receivedDropped").GetInt64() >= 0);
        Assert.Equal(8080, network.GetProperty("denied")[0].GetProperty("port").GetInt32());
    });

    [Fact]
    public void An_open_connection_outlives_each_policy_that_allows_it() => NetworkHost.Run(outside =>
    {
        const int port = 8100;
        using TcpListener listener = outside.Run(() => new TcpListener(IPAddress.Any, port));
        outside.Run(() =>
        {
            listener.Start();
            return true;
        });
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", NetworkHost.MakeTree(sandbox), "busybox", "nc", OutsideHost.Address, $"{port}", "-e", "busybox", "cat");
        using Socket connection = listener.AcceptSocket();
        connection.ReceiveTimeout = 20_000;
        AssertEchoes();
        foreach (string[] policy in (string[][])[["--egress", "deny", "--allow", $"192.0.2.0/24:{port}"], ["--deny", "10.0.0.0/8"], ["--egress", "allow"], ["--egress", "deny", "--allow", "example.org", "--allow", OutsideHost.Address]])
        {
            sandbox.Hearth(["network", "policy", "set", .. policy, "box"]);
            AssertEchoes();
        }

        sandbox.Hearth("network", "policy", "set", "--egress", "deny", "--allow", $"192.0.2.0/24:{port + 1}", "box");
        Assert.Equal(SocketError.ConnectionReset, Assert.Throws<SocketException>(AssertEchoes).SocketErrorCode);
        sandbox.Hearth("rm", "-f", "box");

        void AssertEchoes()
        {
            byte[] sent = Guid.NewGuid().ToByteArray();
            byte[] received = new byte[sent.Length];
            connection.Send(sent);
            for (int count = 0; count < received.Length;)
            {
                int more = connection.Receive(received.AsSpan(count));
                Assert.NotEqual(0, more);
                count += more;
            }

            Assert.Equal(sent, received);
        }
    });

    [Fact]
    public void A_policy_of_a_specification_is_that_of_its_container() => NetworkHost.Run(_ =>
    {
        string report = sandbox.PathOf("report.json");
        string bundle = Directory.CreateDirectory(sandbox.PathOf("bundle")).FullName;
        File.WriteAllText(Path.Combine(bundle, "config.json"), JsonSerializer.Serialize(new
        {
            ociVersion = "1.0.2",
            root = new { path = NetworkHost.MakeTree(sandbox) },
            process = new { args = new[] { "sh", "-c", ask }, cwd = "/", env = new[] { "PATH=/bin" } },
            annotations = new Dictionary<string, string> { ["org.hearth.egress"] = "deny", ["org.hearth.egress.allow"] = "192.0.2.9:81, 10.0.0.0/8" },
        }));

        Assert.Equal("refused\n", sandbox.RunExpecting(0, "run", "--network", "nat", "--report", report, "--bundle", bundle).OutputText);
        JsonElement denied = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("network").GetProperty("denied")[0];
        Assert.Equal((OutsideHost.Address, OutsideHost.Port), (denied.GetProperty("destination").GetString(), denied.GetProperty("port").GetInt32()));
        Assert.Contains(
            "cannot apply the annotation org.hearth.egress: a process of the host makes the connections of host-forward",
            sandbox.RunExpecting(125, "run", "--network", "host-forward", "--bundle", bundle).ErrorText,
            StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("cannot use 'example.org:0' in a policy", "--deny", "example.org:0")]
    [InlineData("cannot use '10.0.0.0/33' in a policy", "--allow", "10.0.0.0/33")]
    [InlineData("no policy was given")]
    public void A_wrong_policy_changes_nothing(string words, params string[] flags) => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("create", "--network", "nat", "--name", "box", "--deny", "10.0.0.0/8", NetworkHost.MakeTree(sandbox), "true");

        Assert.Contains(words, sandbox.RunExpecting(flags.Length > 0 ? 1 : 125, ["network", "policy", "set", .. flags, "box"]).ErrorText, StringComparison.Ordinal);
        Assert.Equal("--egress allow\n--deny 10.0.0.0/8", sandbox.Hearth("network", "policy", "show", "box"));
        sandbox.Hearth("rm", "box");
    });

    private static bool Matches(JsonElement denied, string destination, string protocol, int port) =>
        (denied.GetProperty("Destination").GetString(), denied.GetProperty("Protocol").GetString(), denied.GetProperty("Port").GetInt32()) == (destination, protocol, port);

    private string Ask() => sandbox.Hearth("exec", "box", "sh", "-c", ask);

    private string Explain(int exitCode, string destination) => sandbox.RunExpecting(exitCode, "network", "explain", "box", destination).OutputText.TrimEnd();

    private string[] Events() => sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", "event=deny").Split('\n');
}
