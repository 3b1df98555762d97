namespace Hearth.Firecracker.Tests;

/// <summary>What is known of releases.</summary>
public sealed class FirecrackerVersionTests
{
    [Theory]
    [InlineData("1.13.0", true, 1)]
    [InlineData("1.13.1", true, 1)]
    [InlineData("1.13.1", false, 0)]
    [InlineData("1.13.2", true, 0)]
    [InlineData("1.14.0", true, 1)]
    [InlineData("1.14.1", true, 0)]
    [InlineData("1.16.1-dev", true, 0)]
    public void Known_holes_are_told_where_they_matter(string version, bool jailed, int holes) =>
        Assert.Equal(holes, Parse(version).KnownHoles(jailed).Count(text => text.Contains("CVE-2026-1386", StringComparison.Ordinal)));

    [Theory]
    [InlineData("1.12.9", false, 18, true)]
    [InlineData("1.13.0", true, 18, true)]
    [InlineData("1.14.0-dev", true, 17, true)]
    [InlineData("1.16.0+a", true, 17, false)]
    public void A_release_has_its_limits(string version, bool isSupported, int slots, bool canResume)
    {
        FirecrackerVersion parsed = Parse(version);

        Assert.Equal((isSupported, slots, canResume, version), (parsed.IsSupported, parsed.DeviceSlots, parsed.CanResume, parsed.Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("new")]
    [InlineData("1")]
    public void What_is_no_number_is_no_release(string text) => Assert.False(FirecrackerVersion.TryParse(text, out _));

    private static FirecrackerVersion Parse(string text) => FirecrackerVersion.TryParse(text, out FirecrackerVersion? version) ? version : throw new FormatException(text);
}
