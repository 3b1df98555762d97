using System.Text.Json;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Layers.Spans;
using Hearth.Tar;

namespace Hearth.Images.Indexes.Foreign;

/// <summary>
/// Makes an index of a table of contents. The table has digests of files' chunks, but neither the archive's headers nor their lengths:
/// where a file is in the archive is only known when all of the layer is there. So the content of the index is all chunks, one after
/// the other, each of them a span.
/// </summary>
internal sealed class TocReading
{
    /// <summary>The entry in which eStargz stores the table itself.</summary>
    private const string OwnName = "stargz.index.json";

    private readonly List<TarEntry> entries = [];
    private readonly List<LayerSpan> spans = [];

    /// <summary>The compressed bytes before the table.</summary>
    private readonly long compressedSize;

    private long size;

    /// <summary>What the chunks so far lack of the last file.</summary>
    private long missing;

    private TocReading(long compressedSize) => this.compressedSize = compressedSize;

    /// <param name="json">The table; its digest has been verified.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="content">The digest of the uncompressed layer.</param>
    /// <param name="compression">The layer's.</param>
    /// <param name="compressedSize">Where the table begins: what comes before it is the archive.</param>
    /// <exception cref="ImageException">The table is malformed, or has what is not supported.</exception>
    public static LayerIndex Read(ReadOnlySpan<byte> json, Descriptor layer, Digest content, LayerCompression compression, long compressedSize)
    {
        TocReading reading = new(compressedSize);
        foreach (TocEntry? entry in Parse(json).Entries ?? throw Malformed("it has no entries"))
        {
            reading.Add(entry ?? throw Malformed("an entry is null"));
        }

        reading.EndFile();
        reading.EndSpan(compressedSize);
        return new LayerIndex
        {
            Layer = layer.Digest,
            Content = content,
            Compression = compression,
            Form = IndexForm.Chunks,
            CompressedSize = compressedSize,
            Size = reading.size,
            EntryCount = reading.entries.Count,
            Entries = ForeignEntries.Compress(reading.entries),
            Spans = reading.spans,
        };
    }

    private static TocDocument Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            TocDocument document = JsonSerializer.Deserialize(json, TocJson.Default.TocDocument) ?? throw Malformed("it is empty");
            return document.Version == 1 ? document : throw Malformed($"its version is {document.Version}");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read the layer's table of contents: {exception.Message}", exception);
        }
    }

    private void Add(TocEntry entry)
    {
        if (entry.Type == "chunk")
        {
            AddChunk(entries is [.., { Type: TarEntryType.File } file] && missing > 0 ? file.SizeInBytes : throw Malformed("a chunk belongs to no file"), entry, entry.ChunkDigest);
            return;
        }

        EndFile();
        if (entry.Name == OwnName)
        {
            return;
        }

        TarEntry described = Describe(entry);
        entries.Add(described);
        missing = described.SizeInBytes;
        if (missing > 0)
        {
            AddChunk(missing, entry, entry.ChunkDigest is { Length: > 0 } digest ? digest : entry.ChunkSize == 0 || entry.ChunkSize == missing ? entry.Digest : null);
        }
    }

    private void EndFile()
    {
        if (missing > 0)
        {
            throw Malformed($"the chunks of '{entries[^1].ShownName}' are less than the file");
        }
    }

    private void AddChunk(long fileSize, TocEntry entry, string? digest)
    {
        long length = entry.ChunkSize == 0 ? missing : entry.ChunkSize;
        if (entry.InnerOffset != 0)
        {
            throw new ImageException(ImageError.Unsupported, "cannot read the layer's table of contents: several chunks are compressed as one");
        }

        bool isNext = entry.ChunkOffset == fileSize - missing && length is > 0 and <= SpanRecorder.MostUncompressedBytes && length <= missing;
        if (!isNext || entry.Offset < 0 || entry.Offset >= compressedSize)
        {
            throw Malformed($"a chunk of '{entries[^1].ShownName}' does not fit");
        }

        EndSpan(entry.Offset);
        spans.Add(new LayerSpan(size, (int)length, entry.Offset, 0, SpanStart.Fresh, 0, 0, 0, default, ReadDigest(digest)));
        size += length;
        missing -= length;
    }

    /// <summary>The headers after a chunk are compressed with it, or after it: its span has them too.</summary>
    private void EndSpan(long end)
    {
        if (spans is [.., LayerSpan last])
        {
            spans[^1] = end - last.CompressedStart is > 0 and <= SpanRecorder.MostUncompressedBytes and long length
                ? last with { CompressedLength = (int)length }
                : throw Malformed("its chunks are not in the order of the layer, or too large");
        }
    }

    private TarEntry Describe(TocEntry entry)
    {
        TarEntryType type = ForeignEntries.TypeOf(entry.Type);
        return new TarEntry
        {
            Type = type,
            Name = ForeignEntries.Name(entry.Name),
            LinkName = type is TarEntryType.SymbolicLink or TarEntryType.HardLink ? ForeignEntries.Name(entry.LinkName) : [],
            Mode = ForeignEntries.ModeOf(entry.Mode),
            UserId = ForeignEntries.Number(entry.Uid),
            GroupId = ForeignEntries.Number(entry.Gid),
            Modified = ForeignEntries.Time(entry.ModifiedText),
            SizeInBytes = type != TarEntryType.File ? 0 : entry.Size >= 0 ? entry.Size : throw Malformed("a size is negative"),
            DataOffset = type == TarEntryType.File ? size : 0,
            DeviceMajor = ForeignEntries.Number(entry.DevMajor),
            DeviceMinor = ForeignEntries.Number(entry.DevMinor),
            Attributes = [.. (entry.Xattrs ?? new Dictionary<string, byte[]?>()).Select(attribute => KeyValuePair.Create(attribute.Key, attribute.Value ?? []))],
        };
    }

    private static byte[] ReadDigest(string? text) => Digest.TryParse(text, out Digest digest) && digest.Algorithm == "sha256"
        ? Convert.FromHexString(digest.Hex)
        : throw Malformed("a chunk has no digest of SHA-256");

    private static ImageException Malformed(string cause) => new(ImageError.Malformed, $"cannot read the layer's table of contents: {cause}");
}
