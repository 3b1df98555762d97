using Hearth.Linux.Compression;

namespace Hearth.Layers.Spans;

/// <summary>
/// Chooses the deflate block at which a span begins: of some blocks that follow each other, the one that needs the fewest
/// bytes before it. It keeps what is decompressed since the first of them. Not thread-safe.
/// </summary>
internal sealed class BlockChoice : IDisposable
{
    /// <summary>More gain little, and each is decompressed once more for up to <see cref="Inflater.WindowBytes"/>.</summary>
    private const int MostBlocks = 4;

    /// <summary>Blocks without content could go on for ever.</summary>
    private const int MostCompressedBytes = 512 << 10;

    /// <summary>A longer block is followed by no other that is near.</summary>
    private const int MostUncompressedBytes = 512 << 10;

    private readonly WindowUse use = new();
    private readonly List<OfferedBlock> blocks = [];

    /// <summary>The byte before the first block, and all from there on.</summary>
    private readonly MemoryStream compressed = new();

    public bool IsEmpty => blocks.Count == 0;

    public bool IsFull => blocks.Count == MostBlocks;

    /// <summary>Adds a block that begins here.</summary>
    public void Add(OfferedBlock block, byte lastByte)
    {
        if (IsEmpty)
        {
            compressed.SetLength(0);
            compressed.WriteByte(lastByte);
        }

        blocks.Add(block);
    }

    /// <summary>Compressed bytes follow.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (!IsEmpty)
        {
            compressed.Write(bytes);
        }
    }

    /// <summary>Whether a choice can be made, with the uncompressed bytes so far.</summary>
    public bool IsReady(long position) => !IsEmpty
        && (compressed.Length > MostCompressedBytes
            || ((IsFull || position - blocks[0].Position > MostUncompressedBytes) && position - blocks[^1].Position >= Inflater.WindowBytes));

    /// <summary>Chooses, and forgets all blocks. Zeros replace the bytes of the block's window that are not needed.</summary>
    /// <returns>The block, and the compressed bytes since the one before it.</returns>
    public (OfferedBlock Block, ReadOnlyMemory<byte> Compressed) Take()
    {
        ReadOnlyMemory<byte> all = compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
        int fewest = int.MaxValue;
        (OfferedBlock Block, ReadOnlyMemory<byte> Compressed) best = (blocks[0], all);
        foreach (OfferedBlock block in blocks)
        {
            ReadOnlyMemory<byte> rest = all[(int)(block.CompressedPosition - blocks[0].CompressedPosition)..];
            int needed = use.Clear(rest.Span[1..], block.UnusedBits, rest.Span[0], block.Window);
            if (needed < fewest)
            {
                fewest = needed;
                best = (block, rest);
            }
        }

        blocks.Clear();
        return best;
    }

    public void Dispose() => use.Dispose();
}
