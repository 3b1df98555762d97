using System.Globalization;
using System.Net.Sockets;

namespace Hearth.Bench;

/// <summary>
/// A published port beside other ways into a guest of the same kind, all measured in turn in one run: the bare tap without our
/// rules, passt (<c>--network host-forward</c>) and QEMU's user mode.
/// </summary>
internal sealed class NetworkPeersBenchmark : IBenchmark
{
    private const int Rounds = 3;
    private const int Connections = 50;
    private const int RoundTrips = 500;
    private const string HostAddress = "192.0.2.1";
    private const string Own = "published";
    private const string Forwarded = "forwarded";

    private const int TransferPort = 5201;
    private const int EchoPort = 5202;

    /// <summary>Between the host's ports of one way and those of the next.</summary>
    private const int Step = 10;

    private static readonly string[] transferServer = ["/iperf3", "-s"];

    private string hearth = "";
    private string[] directories = [];

    public string Name => "network-peers";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        hearth = workshop.Hearth;
        directories = ["--state-dir", Path.Combine(workshop.Scratch, "state"), "--run-dir", Path.Combine(workshop.Scratch, "run")];
        return OwnNetwork.Run(() => MeasureAll(workshop));
    }

    private IReadOnlyList<Figure> MeasureAll(Workshop workshop)
    {
        using OwnNetwork.Uplink uplink = OwnNetwork.Uplink.Create(HostAddress);
        string tree = TransferTree.Make(workshop);
        try
        {
            StartContainer(Own, "nat", tree, 0);
            StartContainer(Forwarded, "host-forward", tree, 1);

            // With ports of its own, so that no connection is taken for one that the rules carried.
            Run("exec", ["-d", Own, .. transferServer, "-p", $"{TransferPort + (3 * Step)}"]);
            Run("exec", ["-d", Own, .. EchoServer(EchoPort + (3 * Step))]);
            using UserModeGuest userMode = UserModeGuest.Start(
                workshop, tree, HostAddress, [(TransferPort + (2 * Step), TransferPort), (EchoPort + (2 * Step), EchoPort)], [transferServer, EchoServer(EchoPort)]);
            string guest = Run("inspect", ["-f", "{{.NetworkSettings.Networks.nat.IPAddress}}", Own]).Trim();
            using RuleSwitch rules = new(int.Parse(Run("inspect", ["-f", "{{.State.Pid}}", Own]), CultureInfo.InvariantCulture));
            Way[] ways =
            [
                new("a published port", HostAddress, 0, () => { }, () => { }),
                new("the bare tap", guest, 3, () => rules.TurnOff(), rules.TurnOn),
                new("passt", HostAddress, 1, () => { }, () => { }),
                new("QEMU's user mode", HostAddress, 2, () => { }, () => { }),
            ];
            foreach (Way way in ways)
            {
                Traffic.WaitForAnswer(way.Address, way.PortOf(EchoPort));
            }

            return [.. Compare(ways)];
        }
        finally
        {
            Run("rm", ["-f", Own, Forwarded]);
        }
    }

    private static IEnumerable<Figure> Compare(Way[] ways) =>
    [
        .. Compare("Answered connections per second", "a second", ways, way => 1 / Traffic.AnswerTime(way.Address, way.PortOf(EchoPort), Connections)),
        .. Compare("Round trips per second", "a second", ways, way => 1 / Traffic.RoundTrip(way.Address, way.PortOf(EchoPort), RoundTrips)),
        .. Compare("Throughput to the guest", "Mbit/s", ways, way => Traffic.Transfer(way.Address, "-p", $"{way.PortOf(TransferPort)}") / 1e6),
        .. Compare("Throughput from the guest", "Mbit/s", ways, way => Traffic.Transfer(way.Address, "-p", $"{way.PortOf(TransferPort)}", "-R") / 1e6),
        .. Compare("Throughput to the guest by 4 streams", "Mbit/s", ways, way => Traffic.Transfer(way.Address, "-p", $"{way.PortOf(TransferPort)}", "-P", "4") / 1e6),
        .. Compare("Throughput from the guest by 4 streams", "Mbit/s", ways, way => Traffic.Transfer(way.Address, "-p", $"{way.PortOf(TransferPort)}", "-P", "4", "-R") / 1e6),
    ];

    /// <summary>The first way beside each of the others; of each the best round.</summary>
    private static IEnumerable<Figure> Compare(string what, string unit, Way[] ways, Func<Way, double> measure)
    {
        double[] best = new double[ways.Length];
        for (int round = 0; round < Rounds; round++)
        {
            for (int index = 0; index < ways.Length; index++)
            {
                best[index] = Math.Max(best[index], ways[index].Measure(measure));
            }
        }

        return ways.Skip(1).Select((peer, index) => new Figure(
            $"{what}, beside {peer.Name}", best[0] / best[index + 1], "times", null, AtLeast: true, $"{best[0]:F0} and {best[index + 1]:F0} {unit}, best of {Rounds} in turn"));
    }

    private void StartContainer(string name, string network, string tree, int number)
    {
        int offset = number * Step;
        Run("run", ["-d", "--network", network, "--name", name, "-p", $"{TransferPort + offset}:{TransferPort}", "-p", $"{EchoPort + offset}:{EchoPort}", tree, .. transferServer]);
        Run("exec", ["-d", name, .. EchoServer(EchoPort)]);
    }

    private static string[] EchoServer(int port) => ["/busybox", "nc", "-ll", "-p", $"{port}", "-e", "/busybox", "cat"];

    private string Run(string command, string[] arguments) => Shell.Run(hearth, [command, .. directories, .. arguments]);

    /// <summary>A way from the host into a guest.</summary>
    /// <param name="Name">What carries the packets.</param>
    /// <param name="Address">Where the client connects to.</param>
    /// <param name="Number">Its place among the host's ports.</param>
    /// <param name="Before">What to do before a measurement.</param>
    /// <param name="After">What to do after it.</param>
    private sealed record Way(string Name, string Address, int Number, Action Before, Action After)
    {
        public int PortOf(int port) => port + (Number * Step);

        public double Measure(Func<Way, double> measure)
        {
            Before();
            try
            {
                Traffic.WaitForAnswer(Address, PortOf(EchoPort));
                return measure(this);
            }
            catch (SocketException failure)
            {
                throw new InvalidOperationException($"cannot measure {Name}: {failure.Message}", failure);
            }
            finally
            {
                After();
            }
        }
    }
}
