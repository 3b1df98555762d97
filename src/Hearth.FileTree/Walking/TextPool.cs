namespace Hearth.FileTree.Walking;

/// <summary>Names and link targets end to end in chunks; a text never lies in two of them.</summary>
internal sealed class TextPool
{
    private const int ChunkBits = 16;
    private const int ChunkSizeInBytes = 1 << ChunkBits;

    private readonly List<byte[]> chunks = [];
    private int used = ChunkSizeInBytes;

    /// <summary>Bytes of all texts.</summary>
    public long Length { get; private set; }

    /// <summary>Keeps a text of at most 65,535 bytes; the number that is given leads back to it.</summary>
    public int Add(ReadOnlySpan<byte> text)
    {
        if (used + text.Length > ChunkSizeInBytes)
        {
            chunks.Add(new byte[ChunkSizeInBytes]);
            used = 0;
        }

        text.CopyTo(chunks[^1].AsSpan(used));
        int reference = ((chunks.Count - 1) << ChunkBits) | used;
        used += text.Length;
        Length += text.Length;
        return reference;
    }

    public ReadOnlySpan<byte> Get(int reference, int length) =>
        chunks[reference >> ChunkBits].AsSpan(reference & (ChunkSizeInBytes - 1), length);
}
