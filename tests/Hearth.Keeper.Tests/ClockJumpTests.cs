using System.Net;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Parts;
using Hearth.Keeper.Parts.Network;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;
using Hearth.Network;
using Hearth.Network.Names;
using Hearth.Records.Tests.Support;

namespace Hearth.Keeper.Tests;

/// <summary>The host's time of day is set while a container runs: what the network measures goes on as before.</summary>
public sealed class ClockJumpTests
{
    private readonly ManualClock clock = new();

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Addresses_of_names_keep_their_lifetime(int days) => OwnNamespace.Run(() =>
    {
        JoinedNetwork network = Join();
        ContainerPolicy policy = new([network], null, clock);
        policy.Set(NetworkSettings.PolicyOf(new EgressRules(true, ["example.org"], [])));
        Assert.True(policy.AdmitAsync("example.org", [IPAddress.Parse("198.51.100.1")], TimeSpan.FromHours(3), CancellationToken.None).IsCompletedSuccessfully);
        Assert.Contains("\"timeout\": 10800", Rules(), StringComparison.Ordinal);

        clock.Jump(TimeSpan.FromDays(days));
        clock.Advance(TimeSpan.FromHours(1).TotalMilliseconds);
        policy.Set(NetworkSettings.PolicyOf(new EgressRules(true, ["example.org", "example.net"], [])));
        Assert.Contains("\"timeout\": 7200", Rules(), StringComparison.Ordinal);
        network.Bridge.Release(network.At.TapName);
    });

    /// <summary>The clock's timers call on this thread, so the watch looks in this thread's network namespace.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Lost_rules_and_ports_are_restored_after_a_second(int days) => OwnNamespace.Run(() =>
    {
        JoinedNetwork network = Join(new PublishedPort(TransportProtocol.Tcp, null, 8080, 80));
        RuleWatch watch = new RuleWatch([network], new ContainerPolicy([network], null, clock), clock).Start();
        clock.Jump(TimeSpan.FromDays(days));
        using (NfTables tables = NfTables.TryOpen()!)
        {
            Assert.Null(tables.Try("flush ruleset"));
        }

        Assert.DoesNotContain("8080", Rules(), StringComparison.Ordinal);
        clock.Advance(1_000);
        Assert.Equal(1, watch.Restorations);
        Assert.Contains("8080", Rules(), StringComparison.Ordinal);
        watch.DisposeAsync().AsTask().GetAwaiter().GetResult();
        network.Bridge.Release(network.At.TapName);
    });

    [Fact]
    public async Task A_denied_destination_is_reported_once_a_minute()
    {
        ContainerPolicy policy = new([], NetworkSettings.PolicyOf(new EgressRules(true, [], [])), clock);
        using DeniedNetwork network = new(policy);
        List<long> reported = [];
        await using (DenialWatch watch = new DenialWatch(network, [], policy, denied => reported.Add(denied.Count), clock).Start())
        {
            await RefuseAsync(TimeSpan.Zero, seconds: 5);
            await RefuseAsync(TimeSpan.FromDays(1), seconds: 5);
            await RefuseAsync(TimeSpan.FromDays(-2), seconds: 5);
            await RefuseAsync(TimeSpan.Zero, seconds: 50);
        }

        Assert.Equal([1, 4], reported);

        async Task RefuseAsync(TimeSpan jump, int seconds)
        {
            Assert.Equal(NameVerdict.Refuse, policy.Judge("example.org", DnsType.Address));
            clock.Jump(jump);
            clock.Advance(seconds * 1000);
            await network.Observed.WaitAsync().InTime();
        }
    }

    private static JoinedNetwork Join(params PublishedPort[] ports)
    {
        NetworkDefinition definition = NetworkDefinition.Of("clockjump", Subnet.Default);
        Network.AttachRequest request = new(1) { Ports = ports };
        BridgeNetwork bridge = new(definition);
        return new JoinedNetwork(bridge, definition, new NetworkPlacement("clockjump"), bridge.Attach(request, _ => { }, _ => { }), request);
    }

    private static string Rules()
    {
        using NfTables tables = NfTables.TryOpen()!;
        return tables.TryList("list ruleset")!;
    }

    /// <summary>Denies what its policy refuses, and counts the looks.</summary>
    private sealed class DeniedNetwork(ContainerPolicy policy) : IContainerNetwork, IDisposable
    {
        public SemaphoreSlim Observed { get; } = new(0);

        public void Confine(EgressRules rules) => throw new NotSupportedException();

        public ExplainReply Explain(string destination) => throw new NotSupportedException();

        public NetworkReport Observe()
        {
            Observed.Release();
            return new NetworkReport { Denied = [.. policy.Refused.Select(name => new DeniedConnection(name.Name, "dns", 0, name.Count))] };
        }

        public void Dispose() => Observed.Dispose();
    }
}
