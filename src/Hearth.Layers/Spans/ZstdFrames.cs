using Hearth.Distribution;

namespace Hearth.Layers.Spans;

/// <summary>
/// Finds the ends of zstd's frames (RFC 8878, section 3.1), which a decompressor does not report. A frame is
/// <code>
/// magic 4 | descriptor 1 | window 0-1 | dictionary 0-4 | content size 0-8 | blocks | checksum 0 or 4
/// skippable: magic 4 | size 4 | bytes
/// block: header 3 (bit 0 last, bits 1-2 type, bits 3-23 size) | bytes
/// </code>
/// </summary>
internal sealed class ZstdFrames
{
    private const uint Magic = 0xFD2FB528;
    private const uint SkippableMagic = 0x184D2A50;
    private const uint SkippableMask = 0xFFFFFFF0;
    private const int MagicBytes = 4;
    private const int SizeBytes = 4;
    private const int BlockHeaderBytes = 3;
    private const int ChecksumBytes = 4;
    private const int RepeatedByteBlock = 1;

    private Part part = Part.Magic;
    private int partBytes = MagicBytes;
    private int found;
    private uint number;
    private long skip;
    private bool hasChecksum;
    private bool isLastBlock;

    private enum Part
    {
        Magic,
        SkippableSize,
        Descriptor,
        BlockHeader,
        Skipped,
    }

    /// <summary>Whether the bytes so far end with a frame.</summary>
    public bool IsBetween => part == Part.Magic && found == 0;

    /// <summary>Takes bytes up to the end of the current frame.</summary>
    /// <returns>How many belong to it; all, if it does not end in them.</returns>
    /// <exception cref="ImageException">They are no frame.</exception>
    public int Advance(ReadOnlySpan<byte> bytes)
    {
        int taken = 0;
        while (taken < bytes.Length)
        {
            if (part == Part.Skipped)
            {
                int count = (int)Math.Min(skip, bytes.Length - taken);
                taken += count;
                skip -= count;
                if (skip == 0 && EndSkipped())
                {
                    return taken;
                }
            }
            else
            {
                number |= (uint)bytes[taken++] << (8 * found++);
                if (found == partBytes && EndPart())
                {
                    return taken;
                }
            }
        }

        return taken;
    }

    /// <returns>True if the frame ends here.</returns>
    private bool EndSkipped()
    {
        if (isLastBlock)
        {
            Begin(Part.Magic, MagicBytes);
            return true;
        }

        Begin(Part.BlockHeader, BlockHeaderBytes);
        return false;
    }

    /// <returns>True if the frame ends here.</returns>
    private bool EndPart()
    {
        uint value = number;
        switch (part)
        {
            case Part.Magic when value == Magic:
                Begin(Part.Descriptor, 1);
                return false;
            case Part.Magic when (value & SkippableMask) == SkippableMagic:
                Begin(Part.SkippableSize, SizeBytes);
                return false;
            case Part.Magic:
                throw new ImageException(ImageError.Malformed, "cannot decompress the layer: its zstd stream has no frame where one must begin");
            case Part.SkippableSize:
                isLastBlock = true;
                return Skip(value);
            case Part.Descriptor:
                hasChecksum = (value & 0x4) != 0;
                isLastBlock = false;
                return Skip(RestOfHeader(value));
            default:
                isLastBlock = (value & 1) != 0;
                long size = ((value >> 1) & 3) == RepeatedByteBlock ? 1 : value >> 3;
                return Skip(size + (isLastBlock && hasChecksum ? ChecksumBytes : 0));
        }
    }

    private static int RestOfHeader(uint descriptor)
    {
        bool isSingleSegment = (descriptor & 0x20) != 0;
        int dictionary = (descriptor & 3) is 3 ? 4 : (int)(descriptor & 3);
        int contentSize = (descriptor >> 6) switch { 0 => isSingleSegment ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        return (isSingleSegment ? 0 : 1) + dictionary + contentSize;
    }

    private bool Skip(long count)
    {
        (part, skip) = (Part.Skipped, count);
        return count == 0 && EndSkipped();
    }

    private void Begin(Part next, int bytes) => (part, partBytes, found, number) = (next, bytes, 0, 0);
}
