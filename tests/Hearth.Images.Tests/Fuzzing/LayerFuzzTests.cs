using System.Security.Cryptography;
using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.FileTree;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Layers.Merging;
using Hearth.Layers.Spans;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Tests.Fuzzing;

/// <summary>Whatever a layer or an index has, reading it ends, within limits, with a result or with an <see cref="ImageException"/>.</summary>
public sealed class LayerFuzzTests : IDisposable
{
    /// <summary>Of a compressed input of some kilobytes, this much is read.</summary>
    private const int MostContentBytes = 4 << 20;

    private const int MostSpanBytes = 16 << 10;

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-fuzz-").FullName;
    private readonly SafeFileHandle scratch;

    public LayerFuzzTests() => scratch = File.OpenHandle(Path.Combine(directory, "scratch"), FileMode.CreateNew, FileAccess.ReadWrite);

    public void Dispose()
    {
        scratch.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void A_changed_archive_is_scanned_and_merged_or_refused() => Fuzz.Run<ImageException>(TarSamples.Make(directory), archive =>
    {
        LayerIndex index = LayerIndexFile.Read(LayerIndexFile.Write(Scan(archive, LayerCompression.None)));
        TarEntry[] entries = [.. index.ReadEntries()];
        Assert.Equal(index.EntryCount, entries.Length);
        LayerMerge merge = new();
        merge.Add(0, entries);
        merge.Add(1, entries.Reverse());
        try
        {
            merge.Build();
        }
        catch (FileTreeException)
        {
            // A name is too long for a file system; the root's reader expects it.
        }
    }, TarSamples.Mend);

    [Theory]
    [InlineData("gzip", LayerCompression.Gzip)]
    [InlineData("split -b 3000 --filter='gzip -1'", LayerCompression.Gzip)]
    [InlineData("zstd -c", LayerCompression.Zstd)]
    [InlineData("split -b 3000 --filter='zstd --no-check -c'", LayerCompression.Zstd)]
    public void A_changed_compressed_layer_is_decompressed_or_refused(string program, LayerCompression compression)
    {
        byte[][] samples = [.. TarSamples.Make(directory).Select(archive => Filter(program, archive)), Filter(program, RandomNumberGenerator.GetBytes(5000))];
        byte[] buffer = new byte[1 << 16];
        Fuzz.Run<ImageException>(samples, compressed =>
        {
            using SpanRecorder recorder = new(Stream.Null);
            using DecompressingStream stream = DecompressingStream.Open(compression, new MemoryStream(compressed), recorder);
            while (recorder.Position < MostContentBytes && stream.Read(buffer) > 0)
            {
            }

            recorder.Finish();
        });
    }

    [Fact]
    public void A_changed_index_is_read_or_refused()
    {
        byte[][] samples = [.. Layers().Select(layer => LayerIndexFile.Write(Scan(layer.Bytes, layer.Compression)))];
        Fuzz.Run<ImageException>(
            samples,
            file =>
            {
                LayerIndex index = LayerIndexFile.Read(file);
                Assert.All(index.Spans, span => Assert.True(index.Spans[index.FindSpan(span.Start)].End > span.Start));
                Assert.InRange(index.WindowBytes, 0, (long)file.Length << 10);
                Assert.Equal(index.EntryCount, index.ReadEntries().Count());
            },
            file =>
            {
                SHA256.HashData(file.AsSpan(0, Math.Max(file.Length - SHA256.HashSizeInBytes, 0))).AsSpan(0, Math.Min(file.Length, SHA256.HashSizeInBytes))
                    .CopyTo(file.AsSpan(Math.Max(file.Length - SHA256.HashSizeInBytes, 0)));
                return file;
            });
    }

    [Theory]
    [InlineData(LayerCompression.Gzip)]
    [InlineData(LayerCompression.Zstd)]
    public void A_changed_span_is_decompressed_or_refused(LayerCompression compression)
    {
        (byte[] bytes, _) = Layers().Last(layer => layer.Compression == compression);
        LayerIndex index = Scan(bytes, compression);
        Assert.True(index.Spans.Count > 1);
        using SpanDecompressor decompressor = new(compression);
        byte[] destination = new byte[MostSpanBytes];
        int next = 0;
        Fuzz.Run<ImageException>([.. index.Spans.Take(4).Select(span => bytes.AsSpan((int)span.CompressedStart, Math.Min(span.CompressedLength, 100_000)).ToArray())], part =>
        {
            LayerSpan span = index.Spans[next++ % 4];
            span = span with { Length = Math.Min(span.Length, MostSpanBytes) };
            if (part.Length > 0)
            {
                decompressor.Decompress(span, part, index.Windows.Span.Slice((int)span.WindowStart, span.WindowLength), destination.AsSpan(0, span.Length));
            }
        });
    }

    private LayerIndex Scan(byte[] layer, LayerCompression compression)
    {
        RandomAccess.SetLength(scratch, 0);
        using MemoryStream windows = new();
        LayerIndex index = LayerScan.Run(
            new MemoryStream(layer), Digest.Of(layer), Digest.Of(layer), compression, new LayerContentWriter(scratch), windows, new ArchiveWarnings(), TestContext.Current.CancellationToken);
        return index with { Windows = windows.ToArray() };
    }

    /// <summary>Layers of both compressions: small ones, and one of each that has several spans.</summary>
    private IReadOnlyList<(byte[] Bytes, LayerCompression Compression)> Layers()
    {
        byte[] small = TarSamples.Make(directory)[0];
        string text = string.Join('\n', Enumerable.Range(0, 1_200_000).Select(number => (number * 7919L % 1_000_003).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        byte[] large = LayoutBuilder.Archive([(new TarEntry { Type = TarEntryType.File, Name = "large"u8.ToArray(), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default }, text)]);
        return
        [
            (small, LayerCompression.None),
            (Filter("gzip", small), LayerCompression.Gzip),
            (Filter("zstd -c", small), LayerCompression.Zstd),
            (Filter("gzip", large), LayerCompression.Gzip),
            (Filter("split -b 500000 --filter='zstd -c'", large), LayerCompression.Zstd),
        ];
    }

    private byte[] Filter(string program, byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(directory, "input"), bytes);
        Tool.Run(directory, "/bin/sh", "-c", $"{program} <input >output");
        return File.ReadAllBytes(Path.Combine(directory, "output"));
    }
}
