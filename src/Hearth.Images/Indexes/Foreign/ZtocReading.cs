using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Layers.Spans;
using Hearth.Linux.Compression;
using Hearth.Linux.Text;
using Hearth.Tar;
using ZstdSharp;

namespace Hearth.Images.Indexes.Foreign;

/// <summary>
/// Makes an index of a zTOC (soci-snapshotter, ztoc/fbs/ztoc.fbs and ztoc/compression/gzip_zinfo.h). It is a FlatBuffers table with the
/// archive's entries, the digests of spans, and a checkpoint for the beginning of each.
/// <code>
/// zTOC:        0 version | 1 tool | 2 compressed size | 3 size | 4 contents { 0 entries } | 5 compression
/// entry:       0 name | 1 type | 2 offset of the data | 3 size | 4 link | 5 mode | 6 owner | 7 group | 10 time | 11, 12 device | 13 PAX records { 0 key | 1 value }
/// compression: 0 algorithm: 1 gzip, 2 none | 1 last span | 2 digests of the spans' compressed bytes | 3 checkpoints
/// checkpoints: number 4 | usual bytes of a span 8 | each: compressed offset 8 | offset 8 | bits of the byte before 1 | window 32768
///              version 1 leaves out the first one: offset 10, the usual length of a gzip header
///              without compression: a FlatBuffers table { 0 version | 1 bytes of a span | 2 size }
/// </code>
/// </summary>
internal sealed class ZtocReading
{
    private const int CheckpointHeaderBytes = 12;
    private const int CheckpointBytes = 17 + Inflater.WindowBytes;
    private const int GzipHeaderBytes = 10;
    private const int MostSpans = 1 << 20;
    private const string AttributePrefix = "SCHILY.xattr.";
    private const string SparsePrefix = "GNU.sparse.";

    private readonly ArrayBufferWriter<byte> windows = new();
    private readonly List<LayerSpan> spans = [];

    private ZtocReading()
    {
    }

    /// <param name="ztoc">Its digest has been verified.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="content">The digest of the uncompressed layer.</param>
    /// <exception cref="ImageException">It is malformed, of another layer, or has what is not supported.</exception>
    public static LayerIndex Read(ReadOnlySpan<byte> ztoc, Descriptor layer, Digest content)
    {
        FlatTable root = FlatTable.ReadRoot(ztoc);
        long compressedSize = root.Int64(2);
        long size = root.Int64(3);
        FlatTable compression = root.Table(5);
        if (compressedSize != layer.Size || size < 0)
        {
            throw Malformed("it is of a layer of another size");
        }

        LayerCompression algorithm = compression.Byte(0, absent: 1) switch { 1 => LayerCompression.Gzip, 2 => LayerCompression.None, _ => throw Malformed("its compression is unknown") };
        ZtocReading reading = new();
        if (algorithm == LayerCompression.Gzip)
        {
            reading.ReadCheckpoints(compression, compressedSize, size);
        }
        else
        {
            reading.ReadPlainSpans(compression, size);
        }

        List<TarEntry> entries = ReadEntries(root.Table(4), size);
        return new LayerIndex
        {
            Layer = layer.Digest,
            Content = content,
            Compression = algorithm,
            Form = IndexForm.Foreign,
            CompressedSize = compressedSize,
            Size = size,
            EntryCount = entries.Count,
            Entries = ForeignEntries.Compress(entries),
            Spans = reading.spans,
            Windows = reading.windows.WrittenMemory,
        };
    }

    private void ReadCheckpoints(FlatTable compression, long compressedSize, long size)
    {
        ReadOnlySpan<byte> table = compression.Bytes(3);
        int count = table.Length >= CheckpointHeaderBytes ? BinaryPrimitives.ReadInt32LittleEndian(table) : 0;
        long stored = (table.Length - CheckpointHeaderBytes) / CheckpointBytes;
        if (count is <= 0 or > MostSpans || count != compression.Count(2) || (stored != count && stored != count - 1) || table.Length != CheckpointHeaderBytes + (stored * CheckpointBytes))
        {
            throw Malformed("its checkpoints do not fit its spans");
        }

        using Compressor compressor = new(level: 1);
        ReadOnlySpan<byte> next = table[CheckpointHeaderBytes..];
        Checkpoint point = stored == count ? Take(ref next) : new Checkpoint(GzipHeaderBytes, 0, 0, new byte[Inflater.WindowBytes]);
        for (int i = 0; i < count; i++)
        {
            Checkpoint end = i + 1 < count ? Take(ref next) : new Checkpoint(compressedSize, size, 0, default);
            int windowStart = windows.WrittenCount;
            ReadOnlySpan<byte> window = compressor.Wrap(point.Window);
            windows.Write(window);
            AddSpan(
                (point.Start, end.Start), (point.CompressedStart - (point.Bits > 0 ? 1 : 0), end.CompressedStart), compression.BytesOf(2, i),
                new LayerSpan(0, 0, 0, 0, SpanStart.Block, point.Bits, windowStart, window.Length, LayerSpan.DigestOfWindow(window), default));
            point = end;
        }
    }

    private void ReadPlainSpans(FlatTable compression, long size)
    {
        FlatTable table = FlatTable.ReadRoot(compression.Bytes(3));
        long length = table.Int64(1);
        if (length is <= 0 or > SpanRecorder.MostUncompressedBytes || (size + length - 1) / length != compression.Count(2) || compression.Count(2) > MostSpans)
        {
            throw Malformed("its spans do not fit the layer");
        }

        for (int i = 0; i < compression.Count(2); i++)
        {
            (long, long) place = (i * length, Math.Min((i + 1) * length, size));
            AddSpan(place, place, compression.BytesOf(2, i), new LayerSpan(0, 0, 0, 0, SpanStart.Fresh, 0, 0, 0, default, default));
        }
    }

    private void AddSpan((long Start, long End) place, (long Start, long End) compressed, ReadOnlySpan<byte> digest, LayerSpan span)
    {
        long previous = spans.Count == 0 ? 0 : spans[^1].End;
        bool fits = place.Start == previous && place.End - place.Start is > 0 and <= SpanRecorder.MostUncompressedBytes
            && compressed.Start >= 0 && compressed.End - compressed.Start is > 0 and <= SpanRecorder.MostUncompressedBytes;
        if (!fits || span.Bits > 7 || !Digest.TryParse(Encoding.ASCII.GetString(digest), out Digest parsed) || parsed.Algorithm != "sha256")
        {
            throw Malformed($"its span {spans.Count} does not fit");
        }

        spans.Add(span with
        {
            Start = place.Start,
            Length = (int)(place.End - place.Start),
            CompressedStart = compressed.Start,
            CompressedLength = (int)(compressed.End - compressed.Start),
            Digest = Convert.FromHexString(parsed.Hex),
        });
    }

    private static List<TarEntry> ReadEntries(FlatTable contents, long size)
    {
        List<TarEntry> entries = [];
        int count = contents.Count(0);
        for (int i = 0; i < count; i++)
        {
            entries.Add(Describe(contents.TableOf(0, i), size));
        }

        return entries;
    }

    private static TarEntry Describe(FlatTable entry, long size)
    {
        TarEntryType type = ForeignEntries.TypeOf(Encoding.ASCII.GetString(entry.Bytes(1)));
        long length = type == TarEntryType.File ? entry.Int64(3) : 0;
        long offset = type == TarEntryType.File ? entry.Int64(2) : 0;
        return length < 0 || offset < 0 || length > size - offset ? throw Malformed("a file is beyond its end") : new TarEntry
        {
            Type = type,
            Name = ForeignEntries.Name(entry.Bytes(0)),
            LinkName = type is TarEntryType.SymbolicLink or TarEntryType.HardLink ? ForeignEntries.Name(entry.Bytes(4)) : [],
            Mode = ForeignEntries.ModeOf(entry.Int64(5)),
            UserId = entry.UInt32(6),
            GroupId = entry.UInt32(7),
            Modified = ForeignEntries.Time(Encoding.ASCII.GetString(entry.Bytes(10))),
            SizeInBytes = length,
            DataOffset = offset,
            DeviceMajor = ForeignEntries.Number(entry.Int64(11)),
            DeviceMinor = ForeignEntries.Number(entry.Int64(12)),
            Attributes = ReadAttributes(entry),
        };
    }

    private static List<KeyValuePair<string, byte[]>> ReadAttributes(FlatTable entry)
    {
        List<KeyValuePair<string, byte[]>> attributes = [];
        for (int i = 0; i < entry.Count(13); i++)
        {
            FlatTable record = entry.TableOf(13, i);
            string key = ByteText.Decode(record.Bytes(0));
            if (key.StartsWith(SparsePrefix, StringComparison.Ordinal))
            {
                throw new ImageException(ImageError.Unsupported, "cannot use the layer's zTOC: it does not say where the parts of sparse files are");
            }

            if (key.StartsWith(AttributePrefix, StringComparison.Ordinal))
            {
                attributes.Add(KeyValuePair.Create(key[AttributePrefix.Length..], record.Bytes(1).ToArray()));
            }
        }

        return attributes;
    }

    private static Checkpoint Take(ref ReadOnlySpan<byte> table)
    {
        Checkpoint point = new(
            BinaryPrimitives.ReadInt64LittleEndian(table), BinaryPrimitives.ReadInt64LittleEndian(table[sizeof(long)..]), table[2 * sizeof(long)], table[(CheckpointBytes - Inflater.WindowBytes)..CheckpointBytes]);
        table = table[CheckpointBytes..];
        return point;
    }

    private static ImageException Malformed(string cause) => new(ImageError.Malformed, $"cannot read the layer's zTOC: {cause}");

    /// <summary>Where a span begins.</summary>
    private readonly ref struct Checkpoint(long compressedStart, long start, byte bits, ReadOnlySpan<byte> window)
    {
        public long CompressedStart { get; } = compressedStart;

        public long Start { get; } = start;

        public byte Bits { get; } = bits;

        public ReadOnlySpan<byte> Window { get; } = window;
    }
}
