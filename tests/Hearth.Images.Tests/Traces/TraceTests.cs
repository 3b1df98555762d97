using System.Text;
using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Images.Store;
using Hearth.Images.Traces;

namespace Hearth.Images.Tests.Traces;

/// <summary>What a start reads is recorded, and found again in another build of the image.</summary>
public sealed class TraceTests : IDisposable
{
    private static readonly Digest manifest = Digest.Of("manifest"u8);

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-traces-");
    private readonly List<ImageException> failures = [];
    private readonly ImageStore store;
    private readonly TraceStore traces;

    public TraceTests()
    {
        store = new ImageStore(directory.FullName);
        traces = new TraceStore(store);
    }

    [Fact]
    public void Files_are_recorded_in_the_order_of_their_reads_and_found_in_another_build()
    {
        TracedImage image = new(["bin/sh shell", "etc/conf old value"], ["lib/c library", "bin/other other"]);
        ImageTrace trace = Record(image, ("/lib/c", 0, 3), ("/lib/c", 3, 2), ("/bin/sh", 1, 4), ("/lib/c", 5, 2), ("/bin/sh", 1, 4), ("/etc/conf", 0, 9));
        Assert.Equal(
            ["/lib/c 0+5", "/bin/sh 1+4", "/lib/c 5+2", "/etc/conf 0+9"],
            trace.Files.Select(file => $"{file.Path} {string.Join(',', file.Ranges.Select(range => $"{range.Offset}+{range.Length}"))}"));
        Assert.Equal(["libra", "hell", "ry", "old value"], Find(trace, image));

        // The shell is in another layer, the configuration has changed, and the library is shorter than the trace says.
        TracedImage rebuilt = new(["new/file new", "lib/c library"], ["etc/conf new value"], ["bin/sh shell"]);
        Assert.Equal(["libra", "hell", "ry"], Find(trace, rebuilt));
        Assert.Empty(Find(trace, new TracedImage(["lib/c/file library", "bin shell"])));
    }

    [Fact]
    public void Ranges_that_a_file_does_not_have_are_left_out()
    {
        TracedImage image = new(["a content", "b content"]);
        ImageTrace trace = Record(image, ("/a", 0, 1));
        TracedFile file = trace.Files[0];
        ImageTrace lie = trace with { Files = [file with { Ranges = [new(7, 1), new(long.MaxValue - 5, 5), new(4, long.MaxValue - 4), new(0, 3)] }, file with { Path = "/c" }, file with { Path = "//" }] };
        Assert.Equal(["ent", "con"], Find(lie, image));
    }

    [Fact]
    public void A_recording_that_is_refused_leaves_the_earlier_trace()
    {
        TracedImage image = new(["a content"]);
        ImageTrace trace = Record(image, ("/a", 0, 1));
        using (TraceRecorder recorder = new(store, manifest, TimeProvider.System, failures.Add))
        {
            recorder.Begin(image.Tree, image.Digests);
            recorder.Discard("the test says so");
        }

        Assert.EndsWith("the test says so", Assert.Single(failures).Message);
        Assert.Equal(TraceDocument.Write(trace), traces.TryReadBytes(manifest));
        traces.Adopt(manifest, "another"u8);
        Assert.Equal(TraceDocument.Write(trace), traces.TryReadBytes(manifest));
        Assert.True(traces.Remove(manifest));
        Assert.False(traces.Remove(manifest));
        Assert.Null(traces.TryRead(manifest));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"version":1}""")]
    [InlineData("""{"version":2,"files":[]}""")]
    [InlineData("""{"version":1,"files":[null]}""")]
    [InlineData("""{"version":1,"files":[{"path":"a","digest":"0123456789abcdef","ranges":[]}]}""")]
    [InlineData("""{"version":1,"files":[{"path":"/a","digest":"0123","ranges":[]}]}""")]
    [InlineData("""{"version":1,"files":[{"path":"/a","digest":"0123456789abcdef"}]}""")]
    [InlineData("""{"version":1,"files":[{"path":"/a","digest":"0123456789abcdef","ranges":[{"offset":-1,"length":1}]}]}""")]
    [InlineData("""{"version":1,"files":[{"path":"/a","digest":"0123456789abcdef","ranges":[{"offset":0,"length":0}]}]}""")]
    [InlineData("""{"version":1,"files":[{"path":"/a","digest":"0123456789abcdef","ranges":[{"offset":9223372036854775807,"length":1}]}]}""")]
    public void A_damaged_trace_is_refused(string text)
    {
        traces.Adopt(manifest, Encoding.UTF8.GetBytes(text));
        Assert.StartsWith("cannot read the trace: ", Assert.Throws<ImageException>(() => traces.TryRead(manifest)).Message);
    }

    [Fact]
    public void A_trace_without_bounds_is_refused()
    {
        TracedRange[] ranges = [.. Enumerable.Repeat(new TracedRange(0, 1), TraceDocument.MostRanges + 1)];
        byte[] many = TraceDocument.Write(new ImageTrace(TraceDocument.Version, [new TracedFile("/a", "0123456789abcdef", ranges)]));
        Assert.Throws<ImageException>(() => TraceDocument.Read(many));
        Assert.Throws<ImageException>(() => TraceDocument.Read(new byte[TraceDocument.MostBytes + 1]));
    }

    public void Dispose() => directory.Delete(recursive: true);

    private ImageTrace Record(TracedImage image, params (string Path, long Offset, int Length)[] reads)
    {
        using (TraceRecorder recorder = new(store, manifest, TimeProvider.System, failures.Add))
        {
            recorder.Begin(image.Tree, image.Digests);
            foreach ((string path, long offset, int length) in reads)
            {
                recorder.Add(image.Find(path), offset, length);
            }

            recorder.BeginProcess();
            recorder.BeginOutput();
        }

        Assert.Empty(failures);
        return traces.TryRead(manifest)!;
    }

    private static IEnumerable<string> Find(ImageTrace trace, TracedImage image) => TracePlaces.Find(trace, image.Tree, image.Digests).Select(image.Read);
}
