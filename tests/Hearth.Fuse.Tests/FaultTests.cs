using Hearth.Fuse.Tests.Support;

namespace Hearth.Fuse.Tests;

public sealed class FaultTests
{
    private const int LengthInBytes = 1 << 20;

    public FaultTests() => FuseSupport.SkipUnlessUsable();

    public static TheoryData<string, Func<Memory<byte>, ValueTask<int>>> Failures => new()
    {
        { "throws", _ => throw new InvalidDataException("the source has changed") },
        { "fails", _ => ValueTask.FromException<int>(new InvalidDataException("the source has changed")) },
        { "fails late", async _ => await LateAsync(() => throw new InvalidDataException("the source has changed")) },
        { "gives too little", destination => ValueTask.FromResult(destination.Length - 1) },
        { "gives too little late", async destination => await LateAsync(() => destination.Length - 1) },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_read_that_fails_gives_EIO_and_is_kept(string way, Func<Memory<byte>, ValueTask<int>> fail)
    {
        var broken = new FailingFile("broken.img", fail);
        await using FuseSession session = FuseSession.StartDetached([broken, new PatternFile("sound.img", LengthInBytes)], new() { Caching = FuseCaching.None });
        using var file = new FileStream(session.PathOf("broken.img"), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        file.Position = 8192;
        IOException failure = Assert.ThrowsAny<IOException>(() => file.ReadExactly(new byte[4096]));
        Assert.Contains("Input/output error", failure.Message);

        FuseStatistics statistics = session.Statistics;
        Assert.Equal(1, statistics.Errors);
        FuseFault fault = Assert.Single(statistics.Faults);
        Assert.Equal(("broken.img", 8192, 4096), (fault.FileName, fault.Offset, fault.Length));
        Assert.Contains(way.Contains("little", StringComparison.Ordinal) ? "4095 bytes" : "the source has changed", fault.Message);
        Assert.Equal(LengthInBytes, (await File.ReadAllBytesAsync(session.PathOf("sound.img"))).Length);
    }

    [Fact]
    public async Task Only_the_newest_faults_are_kept_and_all_are_counted()
    {
        var broken = new FailingFile("broken.img", _ => throw new InvalidDataException("no"));
        await using FuseSession session = FuseSession.StartDetached([broken], new() { Caching = FuseCaching.None });
        using var file = new FileStream(session.PathOf("broken.img"), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        for (int i = 0; i < 100; i++)
        {
            file.Position = i * 4096;
            Assert.ThrowsAny<IOException>(() => file.ReadExactly(new byte[512]));
        }

        FuseStatistics statistics = session.Statistics;
        Assert.Equal(100, statistics.Errors);
        Assert.Equal(Enumerable.Range(68, 32).Select(i => i * 4096L), statistics.Faults.Select(fault => fault.Offset));
    }

    private static async Task<int> LateAsync(Func<int> result)
    {
        await Task.Yield();
        return result();
    }

    private sealed class FailingFile(string name, Func<Memory<byte>, ValueTask<int>> fail) : IFuseFile
    {
        public string Name => name;

        public long Length => LengthInBytes;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => fail(destination);
    }
}
