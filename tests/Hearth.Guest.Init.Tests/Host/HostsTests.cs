using System.Net;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Host;

/// <summary>The content of /etc/hosts.</summary>
public sealed class HostsTests
{
    private const string Base =
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
        + "fe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

    private static readonly GuestHostEntry[] entries = [new("10.0.0.9", "db"), new("fd00::9", "db"), new("10.0.0.8", "cache")];

    [Fact]
    public void Without_a_network_the_name_is_an_address_of_the_loopback() => Assert.Equal(Base + "127.0.1.1\tbox\n", Compose(null));

    [Fact]
    public void Further_lines_come_before_the_guests_own_and_keep_their_order()
    {
        const string lines = "10.0.0.9\tdb\nfd00::9\tdb\n10.0.0.8\tcache\n";
        Assert.Equal(Base + lines + "127.0.1.1\tbox\n", Compose(new GuestNetwork([], "", entries)));
        Assert.Equal(Base + lines + "10.0.0.2\tbox\n", Compose(new GuestNetwork([Interface("10.0.0.2")], "", entries)));
    }

    [Fact]
    public void Own_addresses_of_ipv4_come_before_those_of_ipv6() => Assert.Equal(
        Base + "10.0.0.2\tbox\n10.1.0.2\tbox\nfd00::2\tbox\nfd01::2\tbox\n",
        Compose(new GuestNetwork([Interface("fd00::2", "10.0.0.2"), Interface("10.1.0.2", "fd01::2")], "", [])));

    /// <summary>The first name is the canonical one, which 'hostname -f' prints.</summary>
    [Fact]
    public void A_domain_makes_a_whole_name_that_comes_first()
    {
        Assert.Equal(Base + "127.0.1.1\tbox.example.org box\n", Compose(null, "example.org"));
        Assert.Equal(Base + "10.0.0.2\tbox.example.org box\n", Compose(new GuestNetwork([Interface("10.0.0.2")], "", []), "example.org"));
    }

    private static GuestInterface Interface(params string[] addresses) =>
        new([2, 0, 0, 0, 0, 1], 0, [.. addresses.Select(text => new GuestAddress(IPAddress.Parse(text).GetAddressBytes(), 24))], []);

    private static string Compose(GuestNetwork? network, string domain = "") => HostFiles.ComposeHosts(new ConfigureGuest
    {
        Hostname = "box", Domainname = domain, Root = new RootConfiguration { LowerDrive = "vda", LowerFileSystem = "erofs" }, Network = network,
    });
}
