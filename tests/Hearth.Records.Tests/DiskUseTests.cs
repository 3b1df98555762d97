using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests;

public sealed class DiskUseTests : IDisposable
{
    private readonly Workplace place = new();

    [Fact]
    public void A_file_that_is_just_written_is_counted()
    {
        string path = place.At("written");
        using FileStream writing = new(path, FileMode.Create, FileAccess.Write, FileShare.None);
        writing.Write(new byte[8192]);
        writing.Flush(flushToDisk: true);

        Assert.InRange(DiskUse.BytesIn(Path.GetDirectoryName(path)!), 8192, 1 << 20);
    }

    [Fact]
    public void A_missing_directory_takes_nothing() => Assert.Equal(0, DiskUse.BytesIn(place.At("missing")));

    public void Dispose() => place.Dispose();
}
