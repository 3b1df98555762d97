using System.Net;
using Hearth.Keeper.Parts.Network;
using Hearth.Network;

namespace Hearth.Keeper.Tests;

/// <summary>The bound of the addresses that names open and close.</summary>
public sealed class OpenAddressesTests
{
    private static readonly EgressEntry allowed = EgressEntry.Parse("example.org");
    private static readonly EgressEntry denied = EgressEntry.Parse("example.org:80");

    [Fact]
    public void An_address_that_is_forgotten_is_forgotten_with_all_that_names_said_of_it()
    {
        OpenAddresses open = new();
        IPAddress first = IPAddress.Parse("192.0.2.1");
        Assert.Empty(open.Add(new Admission([first], [allowed], [], TimeSpan.Zero)).Outdated);
        Assert.Empty(open.Add(new Admission([first], [], [denied], TimeSpan.Zero)).Outdated);
        IPAddress[] others = [.. Enumerable.Range(0, OpenAddresses.Most).Select(number => new IPAddress([10, 0, (byte)(number >> 8), (byte)number]))];
        Assert.Empty(open.Add(new Admission(others[1..], [], [denied], TimeSpan.Zero)).Outdated);

        (IPAddress address, IReadOnlyCollection<EgressEntry> entries, IReadOnlyCollection<EgressEntry> closed) = Assert.Single(open.Add(new Admission(others[..1], [], [denied], TimeSpan.Zero)).Outdated);
        Assert.Equal((first, allowed, denied), (address, Assert.Single(entries), Assert.Single(closed)));
        Assert.Empty(open.Add(new Admission([first], [], [], TimeSpan.Zero)).Outdated);
    }
}
