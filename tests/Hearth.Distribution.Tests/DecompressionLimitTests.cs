namespace Hearth.Distribution.Tests;

/// <summary>Contents are limited in size, and large ones in proportion to their compressed bytes.</summary>
public sealed class DecompressionLimitTests
{
    private const long Gibibyte = 1L << 30;

    [Theory]
    [InlineData(Gibibyte, 1, null)]
    [InlineData(2 * Gibibyte, 2 * Gibibyte / 1032, null)]
    [InlineData(2 * Gibibyte, 2 * Gibibyte / 2000, null)]
    [InlineData(2 * Gibibyte, 2 * Gibibyte / 2001, "cannot use the layer: its content is more than 2000 times as large as its compressed bytes, the limit for contents above 1 GiB")]
    [InlineData(256 * Gibibyte, 100 * Gibibyte, null)]
    [InlineData((256 * Gibibyte) + 1, 256 * Gibibyte, "cannot use the layer: its content has more than 256 GiB, the limit")]
    public void What_exceeds_a_limit_is_refused(long content, long compressed, string? refusal)
    {
        Exception? refused = Record.Exception(() => DecompressionLimit.Check(content, compressed, "the layer"));
        Assert.Equal(refusal, refused?.Message);
    }
}
