using System.Runtime.InteropServices;
using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Layers.Spans;
using Hearth.Tar;
using ZstdSharp;

namespace Hearth.Layers.Index;

/// <summary>
/// What is known of a layer without its bytes: its files, and how each part of it is decompressed. <see cref="LayerIndexFile"/>
/// has its form on disk, without the windows.
/// </summary>
public sealed record LayerIndex
{
    /// <summary>Enough to see whether a file is another than before; nothing relies on it.</summary>
    public const int FileDigestBytes = 8;

    public const int MostEntries = 8_000_000;

    private Digest? windowsDigest;

    /// <summary>The layer as the registry has it.</summary>
    public required Digest Layer { get; init; }

    /// <summary>The uncompressed layer: its <c>diff_id</c> in the image's configuration.</summary>
    public required Digest Content { get; init; }

    public required LayerCompression Compression { get; init; }

    public IndexForm Form { get; init; }

    /// <summary>The layer as the registry has it, in bytes.</summary>
    public required long CompressedSize { get; init; }

    /// <summary>The content, in bytes: the uncompressed layer, but for <see cref="IndexForm.Chunks"/>.</summary>
    public required long Size { get; init; }

    public required int EntryCount { get; init; }

    /// <summary>Ascending, without gaps, covering the layer; none if it cannot be read in parts.</summary>
    public required IReadOnlyList<LayerSpan> Spans { get; init; }

    /// <summary>The stored windows of all spans; empty if they are elsewhere: they are stored apart from the index.</summary>
    public ReadOnlyMemory<byte> Windows { get; init; }

    /// <summary>The bytes of the windows, wherever they are.</summary>
    public long WindowBytes => Spans.Sum(span => (long)span.WindowLength);

    /// <summary>Of the windows, as a blob.</summary>
    public Digest WindowsDigest
    {
        get => windowsDigest ??= Digest.Of(Windows.Span);
        init => windowsDigest = value;
    }

    /// <summary>
    /// For each file, in the order of the entries, the first <see cref="FileDigestBytes"/> bytes of the SHA-256 of its content;
    /// zeros for sparse files. Empty if they are not known.
    /// </summary>
    public ReadOnlyMemory<byte> FileDigests { get; init; }

    /// <summary>The records of the entries, as a zstd frame.</summary>
    public required ReadOnlyMemory<byte> Entries { get; init; }

    /// <summary>Whether parts of the layer can be read without the rest.</summary>
    public bool HasSpans => Spans.Count > 0 || Size == 0;

    /// <summary>The number of the span that holds a byte of the uncompressed layer.</summary>
    public int FindSpan(long offset)
    {
        int low = 0;
        int high = Spans.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = Spans[middle].Start <= offset ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>Reads the layer's tar entries, in the archive's order.</summary>
    /// <exception cref="ImageException">The index is malformed.</exception>
    public IEnumerable<TarEntry> ReadEntries()
    {
        if (EntryCount > MostEntries)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read the index of the layer {Layer}: it has {EntryCount} entries, and at most {MostEntries} are supported");
        }

        using DecompressionStream stream = new(MemoryMarshal.TryGetArray(Entries, out ArraySegment<byte> bytes) ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count) : new MemoryStream(Entries.ToArray()));
        using BinaryReader reader = new(new BufferedStream(stream, 1 << 16));
        for (int i = 0; i < EntryCount; i++)
        {
            yield return ReadEntry(reader);
        }
    }

    private TarEntry ReadEntry(BinaryReader reader)
    {
        try
        {
            TarEntry entry = EntryRecords.Read(reader);
            long stored = entry.Extents?.Sum(part => part.Length) ?? entry.SizeInBytes;
            return entry.DataOffset <= Size && stored <= Size - entry.DataOffset
                ? entry
                : throw new ImageException(ImageError.Malformed, $"cannot read the index of the layer {Layer}: '{entry.ShownName}' is beyond its end");
        }
        catch (Exception exception) when (exception is IOException or ZstdException or FormatException)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read the index of the layer {Layer}: its entries are damaged: {exception.Message}", exception);
        }
    }
}
