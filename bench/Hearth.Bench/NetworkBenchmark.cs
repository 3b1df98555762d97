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

    /// <summary>In all rounds fewer than half of the host's ephemeral ports, or the kernel looks for a free one for long.</summary>
    private const int Connections = 150;

    private const int RoundTrips = 500;
    private const int TransferRounds = 5;

    /// <summary>Of what takes less than a second, which other work on the machine disturbs more.</summary>
    private const int ShortRounds = 15;
    private const string Holder = "server";
    private const string HostAddress = "192.0.2.1";

    private const string? NoRules = null;

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
                Comparison transfer = InTurn(rules, TransferRounds, () => Traffic.Transfer(guest, flags), NoRules)[0];
                yield return new Figure($"Throughput with our rules, {what}", transfer.Ratio, "times", 0.95, AtLeast: true, $"{transfer.With / 1e6:F0} and {transfer.Without / 1e6:F0} Mbit/s without, medians of {TransferRounds} in turn");
            }

            Comparison[] greeted = InTurn(rules, ShortRounds, () => WhenWarm(() => Traffic.GreetTime(guest, ConnectionPort, Connections)), NoRules, OnlyTracking);
            yield return new Figure("Connections per second with our rules", greeted[0].Ratio, "times", 0.95, AtLeast: true, $"{greeted[0].With:F0} and {greeted[0].Without:F0}, medians of {ShortRounds} in turn, {Connections} each, with a byte of the server");
            yield return new Figure("The same, beside connection tracking alone", greeted[1].Ratio, "times", 0.95, AtLeast: true, $"{greeted[1].With:F0} and {greeted[1].Without:F0}");
            Comparison trips = InTurn(rules, ShortRounds, () => WhenWarm(() => Traffic.RoundTrip(guest, EchoPort, RoundTrips)), NoRules)[0];
            yield return new Figure("Round trips per second with our rules", trips.Ratio, "times", 0.95, AtLeast: true, $"{trips.With:F0} and {trips.Without:F0}, on an open connection, medians of {ShortRounds} in turn, {RoundTrips} each");
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

    /// <summary>Measures with our rules, and with each of others instead (null for none), in turn.</summary>
    private static Comparison[] InTurn(RuleSwitch rules, int rounds, Func<double> measure, params string?[] others)
    {
        double[] with = new double[rounds];
        double[][] without = [.. others.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            rules.TurnOn();
            with[round] = measure();
            for (int other = 0; other < others.Length; other++)
            {
                rules.TurnOff(others[other]);
                without[other][round] = measure();
            }
        }

        rules.TurnOn();
        return [.. without.Select(times => new Comparison(Median(with.Zip(times, (ours, theirs) => ours / theirs)), Median(with), Median(times)))];

        static double Median(IEnumerable<double> values) => Timing.Percentile(values, 0.5);
    }

    /// <summary>
    /// A second measurement: at the first one, the kernel has just taken away the rules of before, the keeper does what it missed, and the processor's caches are cold.
    /// </summary>
    /// <returns>How often a second.</returns>
    private static double WhenWarm(Func<double> measure)
    {
        Shell.Run("sleep", "0.5");
        measure();
        return 1 / measure();
    }

    private static double Best(Func<double> measure) => Enumerable.Range(0, TransferRounds).Max(_ => measure());

    private static NetworkAttachment Attach(BridgeNetwork network, uint seed, params PublishedPort[] ports) =>
        network.Attach(new AttachRequest(seed) { Ports = ports }, _ => { }, _ => { });

    /// <param name="Ratio">The median of the ratios of two measurements one after the other.</param>
    /// <param name="With">The median with our rules.</param>
    /// <param name="Without">The median without them.</param>
    private sealed record Comparison(double Ratio, double With, double Without);

    private string Run(string command, string[] arguments) => Shell.Run(hearth, [command, .. directories, .. arguments]);
}
