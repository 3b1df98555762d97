using System.Net;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;
using Hearth.Network.Joined;

namespace Hearth.Network.Tests.Joined;

/// <summary>A namespace with two interfaces, whose other ends are on the test's host.</summary>
public sealed class JoinedNamespaceTests
{
    private static readonly byte[] first = [2, 0, 0, 0, 0, 1];
    private static readonly byte[] second = [2, 0, 0, 0, 0, 2];

    [Fact]
    public void Interfaces_are_found_as_they_are_and_given_back() => OnHost((place, socket) =>
    {
        using JoinedNamespace joined = JoinedNamespace.Open(place.Path);
        IReadOnlyList<JoinedInterface> before = joined.FindInterfaces();
        Assert.Equal(["eth0", "eth10"], before.Select(each => each.Name));
        Assert.Equal(first, before[0].HardwareAddress);
        Assert.Contains(before[0].Addresses, address => address.Address.ToString() == "10.50.0.2" && address.PrefixLength == 24);
        Assert.Contains(before[0].Routes, route => route.PrefixLength == 0 && route.Gateway!.ToString() == "10.50.0.1");
        Assert.Equal("10.50.0.9", Assert.Single(before[0].Neighbours).Address.ToString());

        List<JoinedRecord> records = [];
        joined.MakeTaps(3, null, records.Add);
        Assert.Equal(["hearth-tap0", "hearth-tap1", "hearth-tap2"], joined.Taps);
        joined.TakeOver(before, records.Add);

        Assert.Equal([1, 2, 3, 3, 3], records.Select(record => record.Taps.Count));
        Assert.Equal([0, 0, 0, 1, 2], records.Select(record => record.Interfaces.Count));
        Assert.All(joined.FindInterfaces(), each => Assert.Empty(each.Addresses));
        Assert.Equal("", string.Concat(place.Do(() => Tool("ip", "-4 route"))));

        joined.GiveBack();
        Assert.Equal(TextOf(before), TextOf(joined.FindInterfaces()));
        Assert.DoesNotContain("tap", place.Do(() => Tool("ip", "-br link")), StringComparison.Ordinal);
        Assert.DoesNotContain("ingress", place.Do(() => Tool("tc", "qdisc")), StringComparison.Ordinal);
    });

    [Fact]
    public void Another_process_gives_back_after_a_crash_what_is_recorded() => OnHost((place, socket) =>
    {
        JoinedRecord? record = null;
        using JoinedNamespace joined = JoinedNamespace.Open(place.Path);
        IReadOnlyList<JoinedInterface> before = joined.FindInterfaces();
        joined.MakeTaps(2, null, noted => record = noted);
        joined.TakeOver(before, noted => record = noted);

        JoinedNamespace.GiveBackAfterCrash(record! with { Identity = "0:1" });
        Assert.All(joined.FindInterfaces(), each => Assert.Empty(each.Addresses));
        JoinedNamespace.GiveBackAfterCrash(record with { Path = "/of/nobody" });
        JoinedNamespace.GiveBackAfterCrash(record);
        JoinedNamespace.GiveBackAfterCrash(record);

        Assert.Equal(TextOf(before), TextOf(joined.FindInterfaces()));
    });

    /// <summary>Each step of a set-up that is cut there.</summary>
    [Fact]
    public void A_crash_between_any_two_steps_leaves_nothing() => OnHost((place, socket) =>
    {
        using JoinedNamespace look = JoinedNamespace.Open(place.Path);
        IReadOnlyList<JoinedInterface> before = look.FindInterfaces();
        for (int last = 1; last <= 4; last++)
        {
            int step = 0;
            JoinedRecord? record = null;
            using JoinedNamespace joined = JoinedNamespace.Open(place.Path);
            Assert.Throws<FormatException>(() =>
            {
                joined.MakeTaps(2, null, Note);
                joined.TakeOver(before, Note);
            });
            JoinedNamespace.GiveBackAfterCrash(record!);
            Assert.Equal(TextOf(before), TextOf(look.FindInterfaces()));
            Assert.DoesNotContain("tap", place.Do(() => Tool("ip", "-br link")), StringComparison.Ordinal);

            void Note(JoinedRecord noted)
            {
                record = noted;
                if (++step == last)
                {
                    throw new FormatException();
                }
            }
        }
    });

    [Fact]
    public void A_namespace_serves_one_machine_at_a_time() => OnHost((place, socket) =>
    {
        using JoinedNamespace joined = JoinedNamespace.Open(place.Path);
        using JoinedNamespace other = JoinedNamespace.Open(place.Path);
        joined.MakeTaps(1, null, _ => { });
        JoinedRecord? record = null;

        NetworkException refusal = Assert.Throws<NetworkException>(() => other.MakeTaps(1, null, noted => record = noted));
        Assert.Equal(NetworkError.InUse, refusal.Error);
        Assert.Null(record);
        other.GiveBack();
        Assert.Contains("hearth-tap0", place.Do(() => Tool("ip", "-br link")), StringComparison.Ordinal);
    });

    /// <summary>A pass that comes late has read the record of the machine before.</summary>
    [Fact]
    public void What_the_next_machine_has_taken_stays_when_the_one_before_is_given_back_again() => OnHost((place, socket) =>
    {
        List<JoinedRecord> crashed = [];
        using JoinedNamespace before = JoinedNamespace.Open(place.Path);
        before.MakeTaps(1, "before", crashed.Add);
        before.TakeOver([before.FindInterfaces()[0]], crashed.Add);
        JoinedNamespace.GiveBackAfterCrash(crashed[^1]);

        using JoinedNamespace next = JoinedNamespace.Open(place.Path);
        next.MakeTaps(1, "next", _ => { });
        next.TakeOver([next.FindInterfaces()[0]], _ => { });
        JoinedNamespace.GiveBackAfterCrash(crashed[^1]);
        Assert.Contains("hearth-tap0", place.Do(() => Tool("ip", "-br link")), StringComparison.Ordinal);
        Assert.Empty(next.FindInterfaces()[0].Addresses);
        next.GiveBack();
        Assert.DoesNotContain("tap", place.Do(() => Tool("ip", "-br link")), StringComparison.Ordinal);
        Assert.NotEmpty(next.FindInterfaces()[0].Addresses);
    });

    [Fact]
    public void Interfaces_that_are_off_or_in_a_bridge_stay_where_they_are() => OnHost((place, socket) =>
    {
        place.Do(() =>
        {
            using RouteSocket inside = RouteSocket.Open();
            Links.CreatePair(inside, "off", "port");
            Links.TryCreateBridge(inside, "bridge", [2, 0, 0, 0, 0, 9]);
            Links.SetMaster(inside, Links.Find(inside, "port")!.Index, Links.Find(inside, "bridge")!.Index);
            Links.SetUp(inside, Links.Find(inside, "port")!.Index);
        });
        using JoinedNamespace joined = JoinedNamespace.Open(place.Path);

        Assert.Equal(["eth0", "eth10"], joined.FindInterfaces().Select(each => each.Name));
    });

    private static void OnHost(Action<Host, RouteSocket> test) => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        using Host place = new();
        Links.CreatePair(socket, "a", "eth10");
        Links.CreatePair(socket, "b", "eth0");
        Links.SetUp(socket, Links.Find(socket, "a")!.Index);
        Links.SetUp(socket, Links.Find(socket, "b")!.Index);
        place.Plug(socket, "eth10", second, [("10.51.0.2", 24)], []);
        place.Plug(socket, "eth0", first, [("10.50.0.2", 24), ("fd50::2", 64)], ["10.50.0.1", "fd50::1"]);
        place.Do(() =>
        {
            using RouteSocket inside = RouteSocket.Open();
            Tool("ip", "address add 10.52.0.2 peer 10.52.0.3/32 label eth0:peer dev eth0");
            Tool("ip", "address add 10.53.0.2/24 broadcast 10.53.0.255 dev eth0");
            Neighbours.Add(inside, Links.Find(inside, "eth0")!.Index, IPAddress.Parse("10.50.0.9").GetAddressBytes(), second);
        });
        test(place, socket);
    });

    private static string TextOf(IEnumerable<JoinedInterface> interfaces) => string.Join('\n', interfaces.Select(each =>
        $"{each.Name} {Convert.ToHexString(each.HardwareAddress)} {each.MaximumTransmissionUnit}\n"
        + string.Join('\n', each.Addresses.Select(address => $"{address}").Concat(each.Routes.Select(route => $"{route}")).Order(StringComparer.Ordinal))
        + string.Concat(each.Neighbours.Select(neighbour => $"\n{neighbour.Address} {Convert.ToHexString(neighbour.HardwareAddress)}"))));

    private static string Tool(string program, string arguments)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
