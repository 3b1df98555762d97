using System.Buffers.Binary;

namespace Hearth.DiskImages.Erofs;

/// <summary>
/// Reads a directory's entries block by block and rejects those that the kernel would fail on.
/// A block: entries of nid u64, name offset u16, type u8, 0 u8; then the names without separators, the last one ended
/// by a NUL or the block. The first name's offset gives the number of entries.
/// </summary>
internal ref struct ErofsDirectoryReader(ImageBytes image, ErofsData data, int blockInBytes)
{
    private const int MostNameBytes = 255;

    private readonly ErofsData data = data;
    private readonly byte[] blockBuffer = new byte[blockInBytes];

    private ReadOnlySpan<byte> block;
    private ReadOnlySpan<byte> previousName;
    private long blockOffset;
    private long position;
    private int index;
    private int count;

    public ulong Nid { get; private set; }

    public byte Type { get; private set; }

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The entry's offset in the image.</summary>
    public readonly long Offset => blockOffset + (index * ErofsLayout.DirectoryEntryInBytes);

    public bool MoveNext()
    {
        index++;
        if (index >= count)
        {
            if (position >= data.Size)
            {
                return false;
            }

            OpenBlock();
        }

        ReadEntry();
        return true;
    }

    private void OpenBlock()
    {
        // The previous block's names are in the buffer that is overwritten next.
        previousName = previousName.ToArray();
        (blockOffset, int length) = data.PieceAt(position);
        image.Read(blockOffset, length, "a directory block").CopyTo(blockBuffer);
        block = blockBuffer.AsSpan(0, length);
        position += length;
        index = 0;
        count = block.Length < ErofsLayout.DirectoryEntryInBytes ? 0 : NameOffset(0) / ErofsLayout.DirectoryEntryInBytes;
        if (count == 0 || NameOffset(0) % ErofsLayout.DirectoryEntryInBytes != 0 || NameOffset(0) > block.Length)
        {
            throw ImageBytes.Corrupt(blockOffset, "a directory block with an invalid offset of its first name");
        }
    }

    private void ReadEntry()
    {
        var reader = new WireReader(block.Slice(index * ErofsLayout.DirectoryEntryInBytes, ErofsLayout.DirectoryEntryInBytes));
        Nid = reader.U64();
        int start = reader.U16();
        Type = reader.U8();
        int end = index + 1 < count ? NameOffset(index + 1) : block.Length;
        if (start < count * ErofsLayout.DirectoryEntryInBytes || end < start || end > block.Length)
        {
            throw ImageBytes.Corrupt(Offset, $"a directory entry's name from {start} to {end} of its block");
        }

        ReadOnlySpan<byte> name = block[start..end];
        int nul = index + 1 == count ? name.IndexOf((byte)0) : -1;
        Name = nul < 0 ? name : name[..nul];
        if (Name.Length is 0 or > MostNameBytes || Name.ContainsAny((byte)0, (byte)'/'))
        {
            throw ImageBytes.Corrupt(Offset, $"a name of {Name.Length} bytes, or with '/' or NUL in it");
        }

        if (previousName.SequenceCompareTo(Name) >= 0)
        {
            throw ImageBytes.Corrupt(Offset, "the names of a directory are not in order");
        }

        previousName = Name;
    }

    private readonly int NameOffset(int entry) => BinaryPrimitives.ReadUInt16LittleEndian(block.Slice((entry * ErofsLayout.DirectoryEntryInBytes) + sizeof(ulong), sizeof(ushort)));
}
