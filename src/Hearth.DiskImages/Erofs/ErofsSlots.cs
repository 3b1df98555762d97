namespace Hearth.DiskImages.Erofs;

/// <summary>
/// Assigns places to inodes, one after the other. A record with an inline tail must not cross a block boundary, so it may
/// move to the next block. Later records fill the gap that this leaves, as far as they fit.
/// </summary>
internal struct ErofsSlots(long start)
{
    private long next = start;
    private long gap;
    private long gapEnd;

    /// <summary>The end of all records so far.</summary>
    public readonly long End => next;

    /// <summary>The offset for a record of the given size.</summary>
    public long Take(long sizeInBytes, bool withinOneBlock)
    {
        long size = AlignUp(sizeInBytes, ErofsLayout.SlotInBytes);
        if (size <= gapEnd - gap)
        {
            gap += size;
            return gap - size;
        }

        long boundary = AlignUp(next, ErofsLayout.BlockInBytes);
        if (withinOneBlock && next + sizeInBytes > boundary && boundary > next)
        {
            if (boundary - next > gapEnd - gap)
            {
                (gap, gapEnd) = (next, boundary);
            }

            next = boundary;
        }

        next += size;
        return next - size;
    }

    public static long AlignUp(long value, int unit) => (value + unit - 1) / unit * unit;
}
