namespace Hearth.DiskImages.Erofs;

/// <summary>The place of an inode's data: whole blocks first, then possibly a tail behind the inode.</summary>
internal readonly record struct ErofsData(long BlocksOffset, long BlockBytes, long InlineOffset, int InlineBytes, int BlockBits)
{
    public long Size => BlockBytes + InlineBytes;

    public static ErofsData Locate(in ErofsInode inode, long size, long inodeOffset, int blockBits)
    {
        long blocksOffset = (long)inode.BlockOrDevice << blockBits;
        long behind = inodeOffset + inode.InodeBytes + inode.XattrBytes;
        if (inode.DataLayout == ErofsLayout.FlatPlain || size == 0)
        {
            return new ErofsData(blocksOffset, size, behind, 0, blockBits);
        }

        long inBlocks = (size - 1) >> blockBits << blockBits;
        return new ErofsData(blocksOffset, inBlocks, behind, (int)(size - inBlocks), blockBits);
    }

    public void Check(ImageBytes image)
    {
        if (BlockBytes > 0)
        {
            image.Check(BlocksOffset, BlockBytes, "an inode's data");
        }

        image.Check(InlineOffset, InlineBytes, "an inode's tail");
        if (InlineBytes > 0 && (InlineOffset >> BlockBits) != ((InlineOffset + InlineBytes - 1) >> BlockBits))
        {
            throw ImageBytes.Corrupt(InlineOffset, $"an inode's tail of {InlineBytes} bytes crosses a block");
        }
    }

    public void Claim(RegionMap regions, RegionKind kind, int node)
    {
        if (BlockBytes > 0)
        {
            regions.Claim(BlocksOffset, BlockBytes, kind, node);
        }

        regions.Claim(InlineOffset, InlineBytes, kind, node);
    }

    /// <summary>The image offset of a byte of the data, and the number of contiguous bytes there, at most a block.</summary>
    public (long Offset, int Length) PieceAt(long position) => position < BlockBytes
        ? (BlocksOffset + position, (int)Math.Min(1 << BlockBits, BlockBytes - position))
        : (InlineOffset + position - BlockBytes, (int)(Size - position));

    /// <summary>Reads all data of a small inode: the target of a symbolic link.</summary>
    public byte[] ReadWhole(ImageBytes image)
    {
        byte[] whole = new byte[Size];
        for (int at = 0; at < whole.Length;)
        {
            (long offset, int length) = PieceAt(at);
            image.Read(offset, length, "a link target").CopyTo(whole.AsSpan(at));
            at += length;
        }

        return whole;
    }
}
