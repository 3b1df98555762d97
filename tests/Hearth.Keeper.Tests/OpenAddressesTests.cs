using System.Net;
using Hearth.Containers;
using Hearth.Keeper.Parts.Network;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;
using Hearth.Network;

namespace Hearth.Keeper.Tests;

/// <summary>A name server that sends one container more addresses than anybody needs.</summary>
public sealed class OpenAddressesTests
{
    private const int AddressesOfAnswer = 64;
    private const string Set = "learned4_tcp";

    private static readonly NetworkDefinition definition = NetworkDefinition.Of("openaddresses", Subnet.Default);
    private static readonly BridgeNetwork bridge = new(definition);

    [Fact]
    public void A_hostile_zone_closes_its_own_oldest_addresses_and_none_of_another_container() => OwnNamespace.Run(() =>
    {
        JoinedNetwork one = Join(1);
        JoinedNetwork two = Join(2);
        ContainerPolicy hostile = Confine(one, "*.hostile.example:443");
        ContainerPolicy other = Confine(two, "example.org:443");
        Admit(other, "example.org", IPAddress.Parse("192.0.2.9"));
        int answers = OpenAddresses.Most / AddressesOfAnswer;
        for (int answer = 0; answer < answers + 2; answer++)
        {
            Admit(hostile, $"n{answer}.hostile.example", [.. Enumerable.Range(0, AddressesOfAnswer).Select(number => AddressOf(answer, number))]);
        }

        Admit(other, "example.org", IPAddress.Parse("192.0.2.10"));
        string[] open = Open();
        Assert.Equal(OpenAddresses.Most, open.Count(element => element.StartsWith($"{one.At.Ipv4} ", StringComparison.Ordinal)));
        Assert.DoesNotContain($"{one.At.Ipv4} . {AddressOf(1, 0)} . 443", open);
        Assert.Contains($"{one.At.Ipv4} . {AddressOf(2, 0)} . 443", open);
        Assert.Contains($"{one.At.Ipv4} . {AddressOf(answers + 1, AddressesOfAnswer - 1)} . 443", open);
        Assert.Contains($"{two.At.Ipv4} . 192.0.2.9 . 443", open);
        Assert.Contains($"{two.At.Ipv4} . 192.0.2.10 . 443", open);

        // An address that is asked for again is not an old one.
        Admit(hostile, "again.hostile.example", AddressOf(2, 0));
        Admit(hostile, "more.hostile.example", [.. Enumerable.Range(0, AddressesOfAnswer).Select(number => AddressOf(answers + 2, number))]);
        Assert.Contains($"{one.At.Ipv4} . {AddressOf(2, 0)} . 443", Open());
        Assert.DoesNotContain($"{one.At.Ipv4} . {AddressOf(2, 1)} . 443", Open());

        // A changed policy keeps no more of them. It forgets whole names.
        hostile.Set(NetworkSettings.PolicyOf(new EgressRules(true, ["*.hostile.example:443", "example.net"], [])));
        Assert.InRange(Open().Count(element => element.StartsWith($"{one.At.Ipv4} ", StringComparison.Ordinal)), OpenAddresses.Most - AddressesOfAnswer, OpenAddresses.Most);
        bridge.Release(one.At.TapName);
        bridge.Release(two.At.TapName);
    });

    /// <summary>Many containers together, whose elements one set has.</summary>
    [Fact]
    public void The_sets_of_a_network_have_no_size_that_guests_could_fill() => OwnNamespace.Run(() =>
    {
        JoinedNetwork one = Join(1);
        using NfTables tables = NfTables.TryOpen()!;
        string elements = string.Join(", ", Enumerable.Range(0, 70_000).Select(number => $"{one.At.Ipv4} . {AddressOf(number / AddressesOfAnswer, number % AddressesOfAnswer)} . 443 timeout 60s"));
        Assert.Null(tables.Try($"add element inet {definition.Bridge} {Set} {{ {elements} }}"));
        Admit(Confine(one, "example.org:443"), "example.org", IPAddress.Parse("192.0.2.9"));
        bridge.Release(one.At.TapName);
    });

    private static ContainerPolicy Confine(JoinedNetwork network, string entry)
    {
        ContainerPolicy policy = new([network], null, TimeProvider.System);
        policy.Set(NetworkSettings.PolicyOf(new EgressRules(true, [entry], [])));
        return policy;
    }

    private static void Admit(ContainerPolicy policy, string name, params IPAddress[] addresses) =>
        Assert.True(policy.AdmitAsync(name, addresses, TimeSpan.FromHours(1), CancellationToken.None).IsCompletedSuccessfully);

    private static IPAddress AddressOf(int answer, int number) => new([11, (byte)(answer / 250), (byte)(answer % 250), (byte)number]);

    private static string[] Open()
    {
        using NfTables tables = NfTables.TryOpen()!;
        return
        [
            .. from element in System.Text.Json.JsonDocument.Parse(tables.TryList($"list set inet {definition.Bridge} {Set}")!).RootElement.GetProperty("nftables").EnumerateArray().Last().GetProperty("set").GetProperty("elem").EnumerateArray()
               select string.Join(" . ", element.GetProperty("elem").GetProperty("val").GetProperty("concat").EnumerateArray().Select(part => part.ToString())),
        ];
    }

    private static JoinedNetwork Join(uint seed)
    {
        Network.AttachRequest request = new(seed);
        return new JoinedNetwork(bridge, definition, new NetworkPlacement("openaddresses"), bridge.Attach(request, _ => { }, _ => { }), request);
    }
}
