using Hearth.Distribution.Manifests;

namespace Hearth.Distribution.Tests;

/// <summary>Platforms do in place of others in the order that containerd has.</summary>
public sealed class PlatformOrderTests
{
    [Theory]
    [InlineData("arm", null, "arm/v7 arm/v6 arm/v5")]
    [InlineData("arm", "v6", "arm/v6 arm/v5")]
    [InlineData("arm", "8", "arm/v8 arm/v7 arm/v6 arm/v5")]
    [InlineData("armhf", null, "arm/v7 arm/v6 arm/v5")]
    [InlineData("armel", null, "arm/v6 arm/v5")]
    [InlineData("arm64", null, "arm64 arm/v8 arm/v7 arm/v6 arm/v5")]
    [InlineData("aarch64", "v8", "arm64 arm/v8 arm/v7 arm/v6 arm/v5")]
    [InlineData("arm64", "v8.2", "arm64/v8.2 arm64/v8.1 arm64 arm/v8 arm/v7 arm/v6 arm/v5")]
    [InlineData("arm64", "v9", "arm64/v9 arm64/v8.5 arm64/v8.4 arm64/v8.3 arm64/v8.2 arm64/v8.1 arm64 arm/v8 arm/v7 arm/v6 arm/v5")]
    [InlineData("x86_64", null, "amd64 386")]
    [InlineData("amd64", "v1", "amd64 386")]
    [InlineData("amd64", "v3", "amd64/v3 amd64/v2 amd64 386")]
    [InlineData("i386", null, "386")]
    [InlineData("s390x", null, "s390x")]
    public void A_processor_runs_what_is_made_for_its_predecessors(string architecture, string? variant, string fitting)
    {
        Platform wanted = new() { Os = "linux", Architecture = architecture, Variant = variant };
        string[] all =
        [
            "386", "amd64", "amd64/v2", "amd64/v3", "amd64/v4", "arm/v5", "arm/v6", "arm/v7", "arm/v8", "arm64", "arm64/v8.1", "arm64/v8.2", "arm64/v8.3", "arm64/v8.4", "arm64/v8.5", "arm64/v9", "arm64/v9.1", "s390x",
        ];

        Assert.Equal(
            fitting,
            string.Join(' ', from text in all
                             let offered = new Platform { Os = "linux", Architecture = text.Split('/')[0], Variant = text.Split('/').ElementAtOrDefault(1) }
                             let rank = PlatformOrder.RankOf(offered, wanted)
                             where rank is not null
                             orderby rank
                             select text));
        Assert.Null(PlatformOrder.RankOf(wanted with { Os = "windows" }, wanted));
    }

    /// <summary>Others write variants: no number is too large.</summary>
    [Theory]
    [InlineData("amd64", "v2147483647")]
    [InlineData("arm", "v999999999999")]
    [InlineData("arm64", "v9.2147483647")]
    [InlineData("arm64", "v8.2147483647")]
    public void A_variant_that_nobody_has_fits_itself(string architecture, string variant)
    {
        Platform odd = new() { Os = "linux", Architecture = architecture, Variant = variant };
        Assert.Equal(0, PlatformOrder.RankOf(odd, odd));
    }
}
