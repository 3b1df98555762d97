using System.Buffers.Binary;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Reads a metadata stream of stored blocks and claims what was read. A block: header u16, with bit 15 where it is stored
/// and its length, at most 8 KiB, below; then its bytes. References name a block's start from the table's, and an offset in it.
/// </summary>
/// <param name="image">The image.</param>
/// <param name="regions">Takes the claims.</param>
/// <param name="start">The table's start in the image.</param>
/// <param name="end">Where it ends at the latest.</param>
/// <param name="what">For messages.</param>
internal sealed class MetadataTable(ImageBytes image, RegionMap regions, long start, long end, string what)
{
    private readonly Dictionary<long, int> lengths = [];
    private long block;
    private int blockLength;
    private int offset;
    private long bytesRead;

    /// <summary>The image's offset of the next byte; of no meaning before a seek.</summary>
    public long Position => block + SquashFsLayout.MetadataHeaderInBytes + offset;

    public void Seek(ulong reference) => Seek((long)(reference >> 16), (int)(reference & ushort.MaxValue));

    public void Seek(long blockStart, int offsetInBlock)
    {
        if (blockStart < 0 || blockStart >= end - start)
        {
            throw ImageBytes.Corrupt(start, $"a reference to byte {blockStart} of {what}, which has {end - start}");
        }

        Open(start + blockStart);
        if (offsetInBlock > blockLength)
        {
            throw ImageBytes.Corrupt(block, $"a reference to byte {offsetInBlock} of a block of {what}, which has {blockLength}");
        }

        offset = offsetInBlock;
    }

    /// <summary>Reads on, across blocks.</summary>
    /// <exception cref="DiskImageException">The table ends before; or more was read of it in all than it holds, so that parts of it overlap.</exception>
    public byte[] Read(int count, RegionKind kind, int node)
    {
        bytesRead += count;
        if (bytesRead > end - start)
        {
            throw ImageBytes.Corrupt(Position, $"{what}: more is referred to than there is, so parts overlap");
        }

        byte[] bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            if (offset == blockLength)
            {
                Open(block + SquashFsLayout.MetadataHeaderInBytes + blockLength);
            }

            int piece = Math.Min(count - done, blockLength - offset);
            regions.Claim(Position, piece, kind, node);
            image.Read(Position, piece, what).CopyTo(bytes.AsSpan(done));
            offset += piece;
            done += piece;
        }

        return bytes;
    }

    public uint ReadU32(RegionKind kind, int node) => BinaryPrimitives.ReadUInt32LittleEndian(Read(sizeof(uint), kind, node));

    private void Open(long at)
    {
        block = at;
        offset = 0;
        if (lengths.TryGetValue(at, out blockLength))
        {
            return;
        }

        if (at > end - SquashFsLayout.MetadataHeaderInBytes)
        {
            throw ImageBytes.Corrupt(at, $"{what} reaches past its end at {end}");
        }

        int header = image.ReadU16(at, what);
        blockLength = header & ~SquashFsLayout.MetadataIsStored;
        if ((header & SquashFsLayout.MetadataIsStored) == 0)
        {
            throw ImageBytes.Unsupported(at, $"a compressed block of {what}");
        }

        if (blockLength is 0 or > SquashFsLayout.MetadataBlockInBytes || at + SquashFsLayout.MetadataHeaderInBytes + blockLength > end)
        {
            throw ImageBytes.Corrupt(at, $"a block of {blockLength} bytes of {what}");
        }

        lengths.Add(at, blockLength);
        regions.Claim(at, SquashFsLayout.MetadataHeaderInBytes, RegionKind.Table, DumpRegion.NoNode);
    }
}
