using System.Globalization;
using System.Text.Json;
using Hearth.Linux.Network;
using Hearth.Network;

namespace Hearth.Bench;

/// <summary>
/// What the network adds to a start and an end, and what its rules cost, each in a network namespace of its own. The peer of the
/// rules is the same guest at the same tap without them.
/// </summary>
internal sealed class NetworkBenchmark : IBenchmark
{
    private const int Rounds = 21;
    private const double MostTearDownMs = 15;
    private const string ExitPhase = "exit";
    private const int Guests = 100;
    private const int Entries = 1000;
    private const int Connections = 200;
    private const int RoundTrips = 500;
    private const int TransferRounds = 5;

    /// <summary>Of what takes less than a second, which other work on the machine disturbs more.</summary>
    private const int ShortRounds = 9;
    private const string Holder = "server";
    private const string HostAddress = "192.0.2.1";

    /// <summary>The least that any network with translated addresses needs.</summary>
    private const string OnlyTracking = "add table inet only; add chain inet only out { type filter hook output priority 0; }; add rule inet only out ct state new accept";

    private const int TransferPort = 5201;

    /// <summary>Of a server that writes one byte to each client and does nothing else, so that its own work does not hide that of the rules.</summary>
    private const int ConnectionPort = 5202;

    private const int EchoPort = 5203;

    private string hearth = "";
    private string[] directories = [];

    public string Name => "network";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        hearth = workshop.Hearth;
        directories = ["--state-dir", Path.Combine(workshop.Scratch, "state"), "--run-dir", Path.Combine(workshop.Scratch, "run")];
        return OwnNetwork.Run(() => (IReadOnlyList<Figure>)[.. MeasureSetUp(), MeasureEnd(workshop), .. MeasureGuests(), MeasurePolicy(), .. MeasureTraffic(workshop)]);
    }

    /// <summary>A guest's place with a published port and a policy; once as the network's first, and once beside others.</summary>
    private static IEnumerable<Figure> MeasureSetUp()
    {
        foreach (bool isFirst in (bool[])[true, false])
        {
            BridgeNetwork network = new(NetworkDefinition.Default("nat"));
            NetworkAttachment? other = isFirst ? null : Attach(network, 1);
            List<double> up = [];
            List<double> down = [];
            for (int round = 0; round <= Rounds; round++)
            {
                NetworkAttachment? place = null;
                AttachRequest request = new(2)
                {
                    Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8080, 80)],
                    Policy = EgressPolicy.Parse(true, [], ["10.0.0.0/8"]),
                };
                up.Add(Timing.Measure(() => place = network.Attach(request, _ => { }, _ => { })));
                down.Add(Timing.Measure(() => network.Release(place!, request)));
            }

            if (other is not null)
            {
                network.Release(other.TapName);
            }

            string which = isFirst ? "the first container" : "a further container";
            double bare = BareRemoval(isFirst);
            yield return new Figure($"Set-up of {which}'s network", Timing.Percentile(up.Skip(1), 0.5), "ms", 25, AtLeast: false, $"median of {Rounds}: tap, rules, a port, a policy; no subprocess");
            yield return new Figure($"Tear-down of {which}'s network", Timing.Percentile(down.Skip(1), 0.5), "ms", bare + MostTearDownMs, AtLeast: false,
                $"median of {Rounds}; the kernel's removal of {(isFirst ? "a tap and a bridge" : "a tap")} alone takes {bare:F1} ms");
        }
    }

    /// <summary>What a user waits longer for an end: the network is released beside the rest.</summary>
    private Figure MeasureEnd(Workshop workshop)
    {
        string tree = NoOpTree.Make(workshop);
        string report = Path.Combine(workshop.Scratch, "end.json");
        string[] modes = ["none", "nat"];
        List<double>[] exits = [[], []];
        for (int round = -1; round < Rounds; round++)
        {
            for (int mode = 0; mode < modes.Length; mode++)
            {
                Run("run", ["--rm", "--network", modes[mode], "--report", report, tree, NoOpTree.NoOp]);
                if (round >= 0)
                {
                    exits[mode].Add(JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("phases").EnumerateArray()
                        .Where(phase => phase.GetProperty("name").GetString() == ExitPhase).Sum(phase => phase.GetProperty("durationMs").GetDouble()));
                }
            }
        }

        double[] medians = [.. exits.Select(times => Timing.Percentile(times, 0.5))];
        double bare = BareRemoval(hasBridge: true);
        return new Figure("What a network adds to the end of hearth run", medians[1] - medians[0], "ms", bare + MostTearDownMs, AtLeast: false,
            $"phase {ExitPhase} of the report with --network nat, {medians[1]:F1} ms, and none, {medians[0]:F1} ms: medians of {Rounds} in turn; the kernel's removal of a tap and a bridge alone takes {bare:F1} ms");
    }

    /// <summary>What the kernel takes to remove the same interfaces without any rule.</summary>
    private static double BareRemoval(bool hasBridge)
    {
        using RouteSocket socket = RouteSocket.Open();
        List<double> times = [];
        for (int round = 0; round < Rounds; round++)
        {
            Links.TryCreateBridge(socket, "bare", [2, 0, 0, 0, 0, 1]);
            TapDevices.TryCreate("bare-tap", owner: 0);
            LinkInfo bridge = Links.Find(socket, "bare")!;
            LinkInfo tap = Links.Find(socket, "bare-tap")!;
            Links.SetMaster(socket, tap.Index, bridge.Index);
            Links.SetUp(socket, tap.Index);
            Links.SetUp(socket, bridge.Index);
            double tapMs = Timing.Measure(() => Links.Delete(socket, tap.Index));
            double bridgeMs = Timing.Measure(() => Links.Delete(socket, bridge.Index));
            times.Add(tapMs + (hasBridge ? bridgeMs : 0));
        }

        return Timing.Percentile(times, 0.5);
    }

    private static IEnumerable<Figure> MeasureGuests()
    {
        BridgeNetwork network = new(NetworkDefinition.Default("nat"));
        NetworkAttachment[] places = [];
        double up = Timing.Measure(() => places =
            [.. Enumerable.Range(0, Guests).Select(number => Attach(network, (uint)number, new PublishedPort(TransportProtocol.Tcp, null, (ushort)(9000 + number), 80)))]);
        double down = Timing.Measure(() =>
        {
            foreach (NetworkAttachment place in places)
            {
                network.Release(place.TapName);
            }
        });
        using RouteSocket socket = RouteSocket.Open();
        using NfTables tables = NfTables.TryOpen()!;
        int left = Links.List(socket).Count(link => link.Name.StartsWith("hearth", StringComparison.Ordinal))
            + (tables.TryList("list tables")!.Contains("hearth", StringComparison.Ordinal) ? 1 : 0);
        yield return new Figure($"Each of {Guests} containers' network, up and down", (up + down) / Guests, "ms", null, AtLeast: false, "mean, each with a published port");
        yield return new Figure("Links and tables left by them", left, "objects", 0, AtLeast: false, $"{Guests} containers");
    }

    private static Figure MeasurePolicy()
    {
        BridgeNetwork network = new(NetworkDefinition.Default("nat"));
        NetworkAttachment place = Attach(network, 1);
        EgressPolicy policy = EgressPolicy.Parse(false, Enumerable.Range(0, Entries).Select(number => string.Create(CultureInfo.InvariantCulture, $"10.{number / 250}.{number % 250}.0/24")), []);
        uint generation = 0;
        double set = Timing.MediansInTurn(Rounds, () => generation = network.SetPolicy(place, policy, generation, []))[0];
        network.Release(place.TapName);
        return new Figure($"A policy of {Entries} entries", set, "ms", 50, AtLeast: false, $"median of {Rounds}, set while another one applies");
    }

    private IEnumerable<Figure> MeasureTraffic(Workshop workshop)
    {
        using OwnNetwork.Uplink uplink = OwnNetwork.Uplink.Create(HostAddress);
        string tree = TransferTree.Make(workshop);
        Run("run", ["-d", "--network", "nat", "--name", Holder, "-p", $"{TransferPort}:{TransferPort}", tree, "/iperf3", "-s"]);
        try
        {
            string guest = Run("inspect", ["-f", "{{.NetworkSettings.Networks.nat.IPAddress}}", Holder]).Trim();
            Run("exec", ["-d", Holder, TransferTree.Server, "hold", $"{ConnectionPort}"]);
            Run("exec", ["-d", Holder, "/busybox", "nc", "-ll", "-p", $"{EchoPort}", "-e", "/busybox", "cat"]);
            Traffic.WaitFor(guest, ConnectionPort);
            Traffic.WaitForAnswer(guest, EchoPort);
            using RuleSwitch rules = new(int.Parse(Run("inspect", ["-f", "{{.State.Pid}}", Holder]), CultureInfo.InvariantCulture));
            foreach ((string what, string[] flags) in ((string, string[])[])
            [
                ("host to guest, 1 stream", []), ("host to guest, 4 streams", ["-P", "4"]), ("guest to host, 1 stream", ["-R"]), ("guest to host, 4 streams", ["-R", "-P", "4"]),
            ])
            {
                (double with, double without) = InTurn(rules, TransferRounds, () => Traffic.Transfer(guest, flags));
                yield return new Figure($"Throughput with our rules, {what}", with / without, "times", 0.95, AtLeast: true, $"{with / 1e6:F0} and {without / 1e6:F0} Mbit/s without, best of {TransferRounds} in turn");
            }

            double tracked = 0;
            double Greet()
            {
                Settle();
                Traffic.GreetTime(guest, ConnectionPort, Connections);
                return 1 / Traffic.GreetTime(guest, ConnectionPort, Connections);
            }

            double Trip()
            {
                Settle();
                Traffic.RoundTrip(guest, EchoPort, RoundTrips);
                return 1 / Traffic.RoundTrip(guest, EchoPort, RoundTrips);
            }

            (double perSecond, double bare) = InTurn(rules, ShortRounds, Greet, () =>
            {
                rules.TurnOff(OnlyTracking);
                tracked = Math.Max(tracked, Greet());
            });
            yield return new Figure("Connections per second with our rules", perSecond / bare, "times", 0.95, AtLeast: true, $"{perSecond:F0} and {bare:F0}, best of {ShortRounds} in turn, {Connections} each, with a byte of the server");
            yield return new Figure("The same, beside connection tracking alone", perSecond / tracked, "times", 0.95, AtLeast: true, $"{perSecond:F0} and {tracked:F0}");
            (double trips, double bareTrips) = InTurn(rules, ShortRounds, Trip);
            yield return new Figure("Round trips per second with our rules", trips / bareTrips, "times", 0.95, AtLeast: true, $"{trips:F0} and {bareTrips:F0}, on an open connection, best of {ShortRounds} in turn, {RoundTrips} each");
            rules.TurnOn();
            double byAddress = Best(() => Traffic.Transfer(HostAddress));
            double byLoopback = Best(() => Traffic.Transfer("127.0.0.1"));
            yield return new Figure("A published port by localhost", byLoopback / byAddress, "times", 0.8, AtLeast: true, $"{byLoopback / 1e6:F0} and by address {byAddress / 1e6:F0} Mbit/s");
        }
        finally
        {
            Run("rm", ["-f", Holder]);
        }
    }

    private static (double With, double Without) InTurn(RuleSwitch rules, int rounds, Func<double> measure, Action? beside = null)
    {
        double with = 0;
        double without = 0;
        for (int round = 0; round < rounds; round++)
        {
            rules.TurnOn();
            with = Math.Max(with, measure());
            rules.TurnOff();
            without = Math.Max(without, measure());
            beside?.Invoke();
        }

        rules.TurnOn();
        return (with, without);
    }

    /// <summary>Afterwards the kernel has taken away the rules of before, and the keeper has done what it missed; the machine is warm again after a first measurement.</summary>
    private static void Settle() => Shell.Run("sleep", "0.5");

    private static double Best(Func<double> measure) => Enumerable.Range(0, TransferRounds).Max(_ => measure());

    private static NetworkAttachment Attach(BridgeNetwork network, uint seed, params PublishedPort[] ports) =>
        network.Attach(new AttachRequest(seed) { Ports = ports }, _ => { }, _ => { });

    private string Run(string command, string[] arguments) => Shell.Run(hearth, [command, .. directories, .. arguments]);
}
