using System.Net;
using CsCheck;
using Hearth.Linux.Network;

namespace Hearth.Linux.Tests.Network;

public sealed class AddressTextTests
{
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
}
