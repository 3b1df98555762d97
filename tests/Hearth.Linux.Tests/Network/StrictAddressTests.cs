using System.Net;
using Hearth.Linux.Network;

namespace Hearth.Linux.Tests.Network;

public sealed class StrictAddressTests
{
    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("fd00::1")]
    [InlineData("::ffff:10.0.0.1")]
    public void Addresses_are_read(string text) => Assert.Equal(StrictAddress.TryParse(text, out IPAddress? address) ? $"{address}" : "none", $"{IPAddress.Parse(text)}");

    /// <summary>.NET reads the first nine, most of them as another address.</summary>
    [Theory]
    [InlineData("8.8.8")]
    [InlineData("10.1")]
    [InlineData("1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("010.0.0.1")]
    [InlineData("172.29.0.010")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("fe80::1%1")]
    [InlineData("::ffff:010.0.0.1")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.1.")]
    [InlineData("10.0.0.+1")]
    [InlineData(" 10.0.0.1")]
    [InlineData("::1/64")]
    [InlineData("fd00::g")]
    [InlineData("")]
    [InlineData(null)]
    public void Other_texts_are_none(string? text)
    {
        Assert.False(StrictAddress.TryParse(text, out _));
        Assert.False(StrictAddress.TryParseNetwork($"{text}/32", out _));
    }

    [Theory]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("0.0.0.0/0", true)]
    [InlineData("fd00::/8", true)]
    [InlineData("10.0.0.1/8", true)]
    [InlineData("10.0.0.0/08", false)]
    [InlineData("10.0.0.0/+8", false)]
    [InlineData("10.0.0.0/33", false)]
    [InlineData("10.0.0.0", false)]
    [InlineData("10.0.0.0/8/8", false)]
    [InlineData("10/8", false)]
    public void Networks_are_read(string text, bool isOne) => Assert.Equal(isOne, StrictAddress.TryParseNetwork(text, out _));
}
