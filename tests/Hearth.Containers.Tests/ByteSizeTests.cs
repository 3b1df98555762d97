namespace Hearth.Containers.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("1b", 1)]
    [InlineData("1k", 1024)]
    [InlineData("1K", 1024)]
    [InlineData("1kb", 1024)]
    [InlineData("1KiB", 1024)]
    [InlineData("512m", 536_870_912)]
    [InlineData("64 MiB", 67_108_864)]
    [InlineData("1.5G", 1_610_612_736)]
    [InlineData(".5k", 512)]
    [InlineData("2t", 2_199_023_255_552)]
    [InlineData("1p", 1_125_899_906_842_624)]
    [InlineData("0.0001", 0)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Sizes_are_read_in_binary_units(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out ByteSize size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("m")]
    [InlineData(".")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.2.3")]
    [InlineData("1,5g")]
    [InlineData("1e3")]
    [InlineData("1x")]
    [InlineData("1mm")]
    [InlineData("1m1")]
    [InlineData("0x10")]
    [InlineData("9223372036854775808")]
    [InlineData("9000p")]
    [InlineData("99999999999999999999999999999999999999")]
    public void Other_texts_are_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1_048_575, "1.0 MiB")]
    [InlineData(21_796_764_876, "20.3 GiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    public void Sizes_are_written_with_one_decimal(long bytes, string text) => Assert.Equal(text, new ByteSize(bytes).ToString());

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(1 << 20, 1)]
    [InlineData((1 << 20) + 1, 2)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void Mebibytes_are_rounded_up(long bytes, int mebibytes) => Assert.Equal(mebibytes, new ByteSize(bytes).Mebibytes);

    [Theory]
    [InlineData(0, "0B", "0B")]
    [InlineData(999, "999B", "999B")]
    [InlineData(1000, "1kB", "1kB")]
    [InlineData(1234, "1.23kB", "1.234kB")]
    [InlineData(490_012_345, "490MB", "490MB")]
    [InlineData(490_123_456, "490MB", "490.1MB")]
    [InlineData(999_940, "1MB", "999.9kB")]
    [InlineData(1_050_000_000, "1.05GB", "1.05GB")]
    [InlineData(long.MaxValue, "9.22EB", "9.223EB")]
    public void Sizes_are_shown_by_dockers_lists_in_decimal_units(long bytes, string shown, string longer)
    {
        Assert.Equal(shown, new ByteSize(bytes).ToDecimal());
        Assert.Equal(longer, new ByteSize(bytes).ToDecimal(ByteSize.LongDigits));
    }
}
