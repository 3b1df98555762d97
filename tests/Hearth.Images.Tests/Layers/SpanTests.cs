using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using Hearth.Distribution;
using Hearth.Layers;
using Hearth.Layers.Spans;

namespace Hearth.Images.Tests.Layers;

/// <summary>A layer that is divided while it is read decompresses span by span to the same bytes.</summary>
public sealed class SpanTests
{
    private const int SampleBytes = 40 << 20;

    private static readonly byte[] sample = MakeSample();

    public static TheoryData<string, LayerCompression, int> Programs => new()
    {
        { "cat", LayerCompression.None, 100 },
        { "gzip -1", LayerCompression.Gzip, 5 },
        { "gzip -9", LayerCompression.Gzip, 5 },
        { "split -b 700000 --filter='gzip -6'", LayerCompression.Gzip, 20 },
        { "split -b 90 -n l/999 --filter='gzip -1' /dev/stdin | cat", LayerCompression.Gzip, 1 },
        { "split -b 1000000 --filter='zstd -3 -c'", LayerCompression.Zstd, 20 },
        { "zstd -3 -c", LayerCompression.Zstd, 1 },
    };

    /// <summary>Go's compressor ends each stream with an empty block.</summary>
    [Fact]
    public void Of_a_stream_that_ends_with_an_empty_block_no_window_is_kept_without_a_span()
    {
        for (int length = 100_000; length < 500_000; length += 10_000)
        {
            MemoryStream compressed = new();
            using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            {
                gzip.Write(sample.AsSpan(0, length));
                gzip.Flush();
            }

            compressed.Position = 0;
            using MemoryStream windows = new();
            using SpanRecorder recorder = new(windows);
            using DecompressingStream stream = DecompressingStream.Open(LayerCompression.Gzip, compressed, recorder);
            stream.CopyTo(Stream.Null);
            recorder.Finish();
            Assert.Equal((length, windows.Length), (length, recorder.Spans.Sum(span => span.WindowLength)));
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_layer_decompresses_span_by_span(string program, LayerCompression compression, int leastSpans)
    {
        byte[] content = program.Contains("-n l", StringComparison.Ordinal) ? sample[..100_000] : sample;
        byte[] compressed = Filter(program.Replace("-b 90 -n l/999", "-b 90", StringComparison.Ordinal), content);
        using MemoryStream windows = new();
        using SpanRecorder recorder = new(windows);
        using (DecompressingStream stream = DecompressingStream.Open(compression, new MemoryStream(compressed), recorder))
        {
            MemoryStream whole = new();
            stream.CopyTo(whole);
            Assert.True(content.AsSpan().SequenceEqual(whole.ToArray()));
        }

        recorder.Finish();
        Assert.Equal(compressed.Length, recorder.CompressedPosition);
        Assert.InRange(recorder.Spans.Count, leastSpans, 2000);
        using SpanDecompressor decompressor = new(compression);
        long end = 0;
        foreach (LayerSpan span in recorder.Spans.Reverse())
        {
            ReadOnlySpan<byte> bytes = compressed.AsSpan((int)span.CompressedStart, span.CompressedLength);
            Assert.Equal(SHA256.HashData(bytes), span.Digest.ToArray());
            byte[] found = new byte[span.Length];
            decompressor.Decompress(span, bytes, windows.GetBuffer().AsSpan((int)span.WindowStart, span.WindowLength), found);
            Assert.True(content.AsSpan((int)span.Start, span.Length).SequenceEqual(found), $"the span at {span.Start}");
        }

        foreach (LayerSpan span in recorder.Spans)
        {
            Assert.Equal(end, span.Start);
            end = span.End;
        }

        Assert.Equal(content.Length, end);
        Assert.InRange(windows.Length + (80 * recorder.Spans.Count), 0, Math.Max(compressed.Length / 60, 100));
    }

    [Theory]
    [InlineData("gzip", LayerCompression.Gzip)]
    [InlineData("zstd -c", LayerCompression.Zstd)]
    public void A_truncated_or_damaged_layer_is_refused(string program, LayerCompression compression)
    {
        byte[] compressed = Filter(program, sample[..(1 << 20)]);
        Assert.Contains("ends in the middle", Refuse(compressed[..(compressed.Length / 2)], compression));
        Assert.Contains("ends in the middle", Refuse(compressed[..^3], compression));
        compressed[compressed.Length / 2] ^= 0xff;
        compressed.AsSpan((compressed.Length / 2) + 1, 400).Fill(0xaa);
        Assert.Contains("is damaged at byte", Refuse(compressed, compression));
        Assert.Contains("cannot decompress the layer", Refuse("this is no compressed layer at all"u8.ToArray(), compression));
    }

    private static string Refuse(byte[] compressed, LayerCompression compression)
    {
        using MemoryStream windows = new();
        using SpanRecorder recorder = new(windows);
        using DecompressingStream stream = DecompressingStream.Open(compression, new MemoryStream(compressed), recorder);
        return Assert.Throws<ImageException>(() => stream.CopyTo(Stream.Null)).Message;
    }

    /// <summary>Words, random bytes and zeros, so that every kind of deflate block is there.</summary>
    private static byte[] MakeSample()
    {
        byte[] bytes = new byte[SampleBytes];
        Random random = new(7);
        for (int i = 0; i < bytes.Length;)
        {
            int length = Math.Min(bytes.Length - i, random.Next(1, 300_000));
            Span<byte> piece = bytes.AsSpan(i, length);
            switch (random.Next(4))
            {
                case 0:
                    random.NextBytes(piece);
                    break;
                case 1:
                    piece.Clear();
                    break;
                default:
                    for (int j = 0; j < piece.Length; j++)
                    {
                        piece[j] = (byte)"etaoin shrdlu\n"[random.Next(14)];
                    }

                    break;
            }

            i += length;
        }

        return bytes;
    }

    private static byte[] Filter(string program, byte[] input)
    {
        using Process process = Process.Start(new ProcessStartInfo("sh", ["-c", program]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Task feeding = Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        });
        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        feeding.Wait();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
