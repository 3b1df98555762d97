using System.Net;
using CsCheck;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Network;

namespace Hearth.Guest.Init.Tests.Host;

/// <summary>The content of /etc/hosts, and addresses as text in it.</summary>
public sealed class HostsTests
{
    private const string Base = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

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

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("255.10.0.1")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("1::")]
    [InlineData("fd00::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:db8::1:0:0:1")]
    [InlineData("2001:0:0:1::1")]
    [InlineData("1:2:3:4:5:6:7:8")]
    [InlineData("fe80::abcd:ef01:2345:6789")]
    [InlineData("1:2:3:4:5:6::")]
    [InlineData("::3:4:5:6:7:8")]
    public void An_address_has_its_shortest_text(string text) => Assert.Equal(text, AddressText.Format(IPAddress.Parse(text).GetAddressBytes()));

    [Fact]
    public void Every_address_is_read_back_as_it_was() => Gen.OneOf(Gen.Byte[0, 1].Array[16], Gen.Byte.Array[16], Gen.Byte.Array[4]).Sample(
        bytes => IPAddress.Parse(AddressText.Format(bytes)).GetAddressBytes().SequenceEqual(bytes));

    private static GuestInterface Interface(params string[] addresses) =>
        new([2, 0, 0, 0, 0, 1], 0, [.. addresses.Select(text => new GuestAddress(IPAddress.Parse(text).GetAddressBytes(), 24))], []);

    private static string Compose(GuestNetwork? network) => HostFiles.ComposeHosts(new ConfigureGuest
    {
        Hostname = "box", Root = new RootConfiguration { LowerDrive = "vda", LowerFileSystem = "erofs" }, Network = network,
    });
}
