using System.Net;
using Hearth.Containers;
using Hearth.Keeper.Parts.Network;
using Hearth.Network;
using Hearth.Records.Tests.Support;

namespace Hearth.Keeper.Tests;

/// <summary>The bound of the addresses that names open and close.</summary>
public sealed class OpenAddressesTests
{
    private static readonly EgressEntry allowed = EgressEntry.Parse("example.org");
    private static readonly EgressEntry denied = EgressEntry.Parse("example.org:80");
    private static readonly IPAddress first = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress[] others = [.. Enumerable.Range(0, OpenAddresses.Most).Select(number => new IPAddress([10, 0, (byte)(number >> 8), (byte)number]))];

    private readonly ManualClock clock = new();
    private readonly OpenAddresses open;

    public OpenAddressesTests() => open = new OpenAddresses(clock);

    [Fact]
    public void The_oldest_open_address_is_forgotten_with_all_that_names_said_of_it()
    {
        Assert.Empty(Add([first], [allowed], [], TimeSpan.Zero));
        Assert.Empty(Add([first], [], [denied], TimeSpan.Zero));
        clock.Advance(TimeSpan.FromHours(1).TotalMilliseconds);
        Assert.Empty(Add(others[1..], [allowed], [], TimeSpan.Zero));

        (IPAddress address, IReadOnlyCollection<EgressEntry> entries, IReadOnlyCollection<EgressEntry> closed) = Assert.Single(Add(others[..1], [], [denied], TimeSpan.Zero));
        Assert.Equal((first, allowed, denied), (address, Assert.Single(entries), Assert.Single(closed)));
        Assert.Empty(Add([first], [], [], TimeSpan.Zero));
    }

    [Fact]
    public void An_open_address_goes_before_an_older_one_with_a_closed_port()
    {
        Add([first], [], [denied], TimeSpan.Zero);
        Add(others[1..], [allowed], [], TimeSpan.Zero);

        Assert.Equal(others[1], Assert.Single(Add(others[..1], [allowed], [], TimeSpan.Zero)).Address);
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(180, 180)]
    public void When_all_have_closed_ports_an_answer_is_refused_until_their_time_is_over(int lifetimeInMinutes, int closedInMinutes)
    {
        Add(others, [allowed], [denied], TimeSpan.FromMinutes(lifetimeInMinutes));
        Assert.Empty(Add(others[..1], [allowed], [denied], TimeSpan.FromMinutes(lifetimeInMinutes)));

        clock.Advance(TimeSpan.FromMinutes(closedInMinutes).TotalMilliseconds - 1);
        Assert.False(open.TryAdd(new Admission([first], [allowed], [], TimeSpan.Zero), out _));
        Assert.False(open.TryAdd(new Admission([first], [], [denied], TimeSpan.Zero), out _));

        clock.Advance(1);
        Assert.Equal(others[1], Assert.Single(Add([first], [], [denied], TimeSpan.Zero)).Address);
    }

    [Fact]
    public void A_later_answer_with_a_shorter_lifetime_opens_nothing_earlier()
    {
        Add([first], [], [denied], TimeSpan.FromHours(20));
        clock.Advance(TimeSpan.FromHours(1).TotalMilliseconds);
        Assert.True(open.TryAdd(new Admission([first, others[0]], [allowed], [denied], TimeSpan.FromMinutes(5)), out Admission? later));
        Assert.Equal((TimeSpan.FromHours(19), TimeSpan.FromMinutes(5)), (later.ClosedFor, later.OpenFor));

        clock.Advance(TimeSpan.FromHours(18).TotalMilliseconds);
        Assert.All(open.ClosedBy(EgressPolicy.Parse(true, [], ["example.org:80"])), kept => Assert.Equal(TimeSpan.FromHours(1), kept.Lifetime));
        Assert.True(open.TryAdd(new Admission([first], [], [denied], TimeSpan.Zero), out later));
        Assert.Equal(TimeSpan.FromHours(1), later.ClosedFor);
    }

    [Fact]
    public void A_changed_policy_keeps_closed_what_it_denies_still()
    {
        Add([first], [], [denied], TimeSpan.FromHours(3));
        Add(others[..1], [allowed], [], TimeSpan.FromHours(3));
        clock.Advance(TimeSpan.FromHours(1).TotalMilliseconds);

        Admission kept = Assert.Single(open.ClosedBy(EgressPolicy.Parse(true, [], ["example.net:443", "example.org:80"])));
        Assert.Equal((first, denied, TimeSpan.FromHours(2)), (Assert.Single(kept.Addresses), Assert.Single(kept.Denied), kept.Lifetime));
        Assert.Empty(open.ClosedBy(EgressPolicy.Parse(true, [], ["example.org:443"])));

        open.Replace([kept]);
        clock.Advance(TimeSpan.FromHours(2).TotalMilliseconds);
        Assert.Empty(open.ClosedBy(EgressPolicy.Parse(true, [], ["example.org:80"])));
    }

    [Fact]
    public async Task A_container_gets_no_answer_whose_ports_cannot_be_closed()
    {
        ContainerPolicy policy = new([], NetworkSettings.PolicyOf(new EgressRules(false, [], ["*.example.org:80"])), clock);
        foreach (IPAddress[] addresses in others.Chunk(64))
        {
            await policy.AdmitAsync("a.example.org", addresses, TimeSpan.Zero, TestContext.Current.CancellationToken);
        }

        NetworkException refusal = await Assert.ThrowsAsync<NetworkException>(() => policy.AdmitAsync("b.example.org", [first], TimeSpan.Zero, TestContext.Current.CancellationToken));
        Assert.Equal("cannot admit the addresses of 'b.example.org': ports of 4096 addresses are closed", refusal.Message);
        Assert.Equal([("b.example.org", 1L)], policy.Refused);
        await policy.AdmitAsync("example.net", [first], TimeSpan.Zero, TestContext.Current.CancellationToken);
        await policy.AdmitAsync("b.example.org", others[..1], TimeSpan.Zero, TestContext.Current.CancellationToken);
    }

    private IReadOnlyList<(IPAddress Address, IReadOnlyCollection<EgressEntry> Entries, IReadOnlyCollection<EgressEntry> Denied)> Add(
        IReadOnlyList<IPAddress> addresses, IReadOnlyList<EgressEntry> entries, IReadOnlyList<EgressEntry> closed, TimeSpan lifetime)
    {
        Assert.True(open.TryAdd(new Admission(addresses, entries, closed, lifetime), out Admission? admission));
        return admission.Outdated;
    }
}
