using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Hearth.Distribution;
using Hearth.Images.Tests.Lazy;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Layers.Spans;
using Hearth.Linux.Compression;
using Hearth.Tar;

namespace Hearth.Images.Tests.Layers;

/// <summary>What an index says of a layer, and what it takes.</summary>
public sealed class LayerIndexTests : IDisposable
{
    private readonly LazyLayer layer = new();

    [Fact]
    public void An_index_is_small_and_comes_back_as_it_was_written()
    {
        byte[] file = LayerIndexFile.Write(layer.Scanned);
        LayerIndex read = LayerIndexFile.Read(file);
        Assert.Equal(file, LayerIndexFile.Write(read));
        Assert.Equal((layer.Scanned.WindowsDigest, layer.Scanned.WindowBytes), (read.WindowsDigest, read.WindowBytes));
        Assert.InRange(file.Length + read.WindowBytes, 1, layer.Blob.Length * 15 / 1000);
    }

    [Fact]
    public void Files_have_the_digests_of_their_contents()
    {
        ReadOnlySpan<byte> digests = layer.Scanned.FileDigests.Span;
        foreach (TarEntry entry in layer.Scanned.ReadEntries().Where(entry => entry.Type == TarEntryType.File))
        {
            byte[] digest = SHA256.HashData(layer.Content.AsSpan((int)entry.DataOffset, (int)entry.SizeInBytes));
            Assert.Equal(digest[..LayerIndex.FileDigestBytes], digests[..LayerIndex.FileDigestBytes].ToArray());
            digests = digests[LayerIndex.FileDigestBytes..];
        }

        Assert.True(digests.IsEmpty);
    }

    [Fact]
    public void An_index_of_another_version_is_refused()
    {
        byte[] file = LayerIndexFile.Write(layer.Scanned);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(8), LayerIndexFile.Version - 1);
        SHA256.HashData(file.AsSpan(0, file.Length - SHA256.HashSizeInBytes), file.AsSpan(file.Length - SHA256.HashSizeInBytes));
        Assert.Contains("no index of this version", Assert.Throws<ImageException>(() => LayerIndexFile.Read(file)).Message);
    }

    [Fact]
    public void A_block_without_content_at_the_end_is_no_span()
    {
        byte[] text = MakeText();
        for (int length = 500_000; length < 2_000_000; length += 60_000)
        {
            using MemoryStream windows = new();
            using SpanRecorder recorder = new(windows);
            using DecompressingStream stream = DecompressingStream.Open(LayerCompression.Gzip, new MemoryStream(Compress(text[..length], endsWithEmptyBlock: true)), recorder);
            stream.CopyTo(Stream.Null);
            recorder.Finish();
            Assert.Equal(length, recorder.Spans[^1].End);
            Assert.Equal(recorder.Spans[^1].WindowEnd, windows.Length);
        }
    }

    /// <summary>A window's zeros are bytes that nothing needs; any other change of it changes the content.</summary>
    [Fact]
    public void Of_a_window_those_bytes_are_kept_that_are_needed()
    {
        byte[] text = MakeText();
        byte[] blob = Compress(text, endsWithEmptyBlock: false);
        using MemoryStream windows = new();
        using SpanRecorder recorder = new(windows);
        using DecompressingStream stream = DecompressingStream.Open(LayerCompression.Gzip, new MemoryStream(blob), recorder);
        stream.CopyTo(Stream.Null);
        using Inflater inflater = new();
        using WindowUse use = new();
        int kept = 0;
        foreach (LayerSpan span in recorder.Spans.Where(span => span.Kind == SpanStart.Block && span.Length > Inflater.WindowBytes))
        {
            byte[] window = text[(int)(span.Start - Inflater.WindowBytes)..(int)span.Start];
            ReadOnlySpan<byte> compressed = blob.AsSpan((int)span.CompressedStart + (span.Bits > 0 ? 1 : 0));
            byte before = blob[span.CompressedStart];
            byte[] sparse = [.. window];
            int needed = use.Clear(compressed, span.Bits, before, sparse);
            kept += needed;
            Assert.Equal(needed, sparse.Count(value => value != 0));
            byte[] content = text[(int)span.Start..(int)(span.Start + Inflater.WindowBytes)];
            Assert.Equal(content, Inflate(sparse, compressed, span.Bits, before));
            if (Array.FindIndex(sparse, value => value != 0) is >= 0 and int first)
            {
                sparse[first] ^= 1;
                Assert.NotEqual(content, Inflate(sparse, compressed, span.Bits, before));
            }
        }

        Assert.NotEqual(0, kept);

        byte[] Inflate(byte[] window, ReadOnlySpan<byte> compressed, int bits, byte before)
        {
            byte[] output = new byte[Inflater.WindowBytes];
            inflater.ResetToBlock(window, bits, before);
            Assert.Equal(output.Length, inflater.Inflate(compressed, output, stopsAtBlocks: false).Produced);
            return output;
        }
    }

    public void Dispose() => layer.Dispose();

    private static byte[] MakeText() => Encoding.ASCII.GetBytes(string.Join('\n', Enumerable.Range(0, 1_000_000).Select(number => number * 7919L % 1_000_003)));

    private static byte[] Compress(byte[] content, bool endsWithEmptyBlock)
    {
        MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(content);
            if (endsWithEmptyBlock)
            {
                gzip.Flush();
            }
        }

        return compressed.ToArray();
    }
}
