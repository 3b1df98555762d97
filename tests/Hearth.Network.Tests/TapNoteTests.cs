namespace Hearth.Network.Tests;

public sealed class TapNoteTests
{
    /// <summary>Anybody may have changed an alias; what is not understood is left out.</summary>
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("hardware=020000000001 forwarding=ipv4,ipv6 confined", "hardware=020000000001 forwarding=ipv4,ipv6 confined")]
    [InlineData("forwarding=ipv6", "forwarding=ipv6")]
    [InlineData("forwarding=ipv6 advertised=2,31 confined", "forwarding=ipv6 advertised=2,31 confined")]
    [InlineData("advertised=x,,-1,0,5,99999999999", "advertised=5")]
    [InlineData("confined", "confined")]
    [InlineData("limited holder=0123456789ab", "holder=0123456789ab limited")]
    [InlineData("my tap hardware=02000000000g forwarding= CONFINED", "")]
    [InlineData("hardware=0200", "")]
    public void An_alias_is_read_and_written(string? alias, string written) => Assert.Equal(written, TapNote.Parse(alias).ToString());
}
