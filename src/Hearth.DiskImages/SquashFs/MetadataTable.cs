using System.Buffers.Binary;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Reads a metadata stream and claims the bytes that it reads. A block: header u16, with bit 15 set if the block is stored
/// and its length, at most 8 KiB, in the lower bits; then the stored or compressed bytes. A reference consists of a block's
/// start, relative to the table's, and an offset in the block.
/// Bytes of a stored block are claimed for the node they are read for; a compressed block is claimed as a whole.
/// </summary>
/// <param name="image">The image.</param>
/// <param name="regions">Receives the claims.</param>
/// <param name="place">The place of the table.</param>
internal sealed class MetadataTable(ImageBytes image, RegionMap regions, MetadataPlace place)
{
    /// <summary>The number of expanded blocks kept (16 MiB), since references go back and forth.</summary>
    private const int MostKept = 2048;

    /// <summary>
    /// Metadata compresses to a third or a fifth. A small image that claims far more expanded bytes would fill the memory.
    /// </summary>
    private const long MostExpansion = 100;

    private readonly Dictionary<long, Block> blocks = [];
    private readonly Dictionary<long, byte[]> kept = [];
    private readonly byte[] room = new byte[SquashFsLayout.MetadataBlockInBytes];
    private Block block;
    private byte[] content = [];
    private int offset;
    private long bytesRead;
    private long bytesHeld;

    private readonly record struct Block(long Start, int StoredLength, int Length, bool IsStored)
    {
        public long End => Start + SquashFsLayout.MetadataHeaderInBytes + StoredLength;
    }

    /// <summary>The next byte's offset in the image, or that of its block if the block is compressed; undefined before a seek.</summary>
    public long Position => block.Start + SquashFsLayout.MetadataHeaderInBytes + (block.IsStored ? offset : 0);

    /// <summary>A reference to the next byte.</summary>
    public ulong Reference => offset < block.Length
        ? ((ulong)(block.Start - place.Start) << 16) | (uint)offset
        : (ulong)(block.End - place.Start) << 16;

    public void Seek(ulong reference) => Seek((long)(reference >> 16), (int)(reference & ushort.MaxValue));

    public void Seek(long blockStart, int offsetInBlock)
    {
        if (blockStart < 0 || blockStart >= place.End - place.Start)
        {
            throw ImageBytes.Corrupt(place.Start, $"a reference to byte {blockStart} of {place.What}, which has {place.End - place.Start}");
        }

        Open(place.Start + blockStart);
        if (offsetInBlock > block.Length)
        {
            throw ImageBytes.Corrupt(block.Start, $"a reference to byte {offsetInBlock} of a block of {place.What}, which has {block.Length}");
        }

        offset = offsetInBlock;
    }

    /// <summary>Reads the next bytes, across blocks.</summary>
    /// <exception cref="DiskImageException">
    /// The table ends too early, or more was read in total than it contains, so that parts of it overlap.
    /// </exception>
    public byte[] Read(int count, RegionKind kind, int node)
    {
        byte[] bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            int piece = PieceOf(count - done);
            if (block.IsStored)
            {
                regions.Claim(Position, piece, kind, node);
            }

            Take(bytes.AsSpan(done, piece));
            done += piece;
        }

        bytesRead += count;
        return bytesRead <= bytesHeld
            ? bytes
            : throw ImageBytes.Corrupt(Position, $"{place.What}: more bytes are referred to than exist, so parts overlap");
    }

    public uint ReadU32(RegionKind kind, int node) => BinaryPrimitives.ReadUInt32LittleEndian(Read(sizeof(uint), kind, node));

    /// <summary>Reads at a reference without claiming, since the bytes are claimed elsewhere, and restores the position.</summary>
    public byte[] Peek(ulong reference, int skip, int count)
    {
        (long start, int position) = (block.Start - place.Start, offset);
        Seek(reference);
        byte[] bytes = new byte[skip + count];
        for (int done = 0; done < bytes.Length;)
        {
            int piece = PieceOf(bytes.Length - done);
            Take(bytes.AsSpan(done, piece));
            done += piece;
        }

        Seek(start, position);
        return bytes[skip..];
    }

    /// <summary>How many of the bytes are in the current block; opens the next block at the end of this one.</summary>
    private int PieceOf(int count)
    {
        if (offset == block.Length)
        {
            Open(block.End);
        }

        return Math.Min(count, block.Length - offset);
    }

    private void Take(Span<byte> destination)
    {
        content.AsSpan(offset, destination.Length).CopyTo(destination);
        offset += destination.Length;
    }

    private void Open(long at)
    {
        offset = 0;
        if (at == block.Start && content.Length > 0)
        {
            return;
        }

        bool isKnown = blocks.TryGetValue(at, out Block known);
        Block opened = isKnown ? known : ReadHeader(at);
        if (!kept.TryGetValue(at, out byte[]? bytes))
        {
            bytes = ReadContent(opened);
            if (kept.Count == MostKept)
            {
                kept.Clear();
            }

            kept.Add(at, bytes);
        }

        (block, content) = (opened with { Length = bytes.Length }, bytes);
        if (!isKnown)
        {
            Claim(block);
        }
    }

    private Block ReadHeader(long at)
    {
        if (at > place.End - SquashFsLayout.MetadataHeaderInBytes)
        {
            throw ImageBytes.Corrupt(at, $"{place.What} reaches past its end at {place.End}");
        }

        int header = image.ReadU16(at, place.What);
        int length = header & ~SquashFsLayout.MetadataIsStored;
        if (length is 0 or > SquashFsLayout.MetadataBlockInBytes || at + SquashFsLayout.MetadataHeaderInBytes + length > place.End)
        {
            throw ImageBytes.Corrupt(at, $"a block of {length} bytes of {place.What}");
        }

        return new Block(at, length, length, (header & SquashFsLayout.MetadataIsStored) != 0);
    }

    private byte[] ReadContent(in Block opened)
    {
        long start = opened.Start + SquashFsLayout.MetadataHeaderInBytes;
        byte[] stored = image.Read(start, opened.StoredLength, place.What).ToArray();
        if (opened.IsStored)
        {
            return stored;
        }

        int length = SquashFsCompression.Expand(place.Compression, stored, room, start);
        return length > 0 ? room[..length] : throw ImageBytes.Corrupt(start, $"a block of {place.What} that expands to nothing");
    }

    private void Claim(in Block opened)
    {
        blocks.Add(opened.Start, opened);
        bytesHeld += opened.Length;
        regions.Claim(opened.Start, SquashFsLayout.MetadataHeaderInBytes, RegionKind.Table, DumpRegion.NoNode);
        if (opened.IsStored)
        {
            return;
        }

        regions.Claim(opened.Start + SquashFsLayout.MetadataHeaderInBytes, opened.StoredLength, place.Kind, DumpRegion.NoNode);
        if (bytesHeld / MostExpansion > place.End - place.Start)
        {
            throw ImageBytes.Unsupported(opened.Start, $"{place.What}, which expand more than {MostExpansion}-fold");
        }
    }
}
