using Hearth.Linux.Memory;

namespace Hearth.FileTree.Walking;

/// <summary>
/// Names and link targets, end to end in chunks outside the garbage-collected heap, like those of
/// <see cref="ChunkedList{T}"/>. A text never spans two chunks.
/// </summary>
internal sealed class TextPool : IDisposable
{
    private const int ChunkBits = 20;
    private const int ChunkSizeInBytes = 1 << ChunkBits;

    private readonly List<NativeBuffer> chunks = [];
    private int used = ChunkSizeInBytes;

    /// <summary>Stores a text of at most 65,535 bytes, and returns the reference for <see cref="Get"/>.</summary>
    public int Add(ReadOnlySpan<byte> text)
    {
        if (used + text.Length > ChunkSizeInBytes)
        {
            chunks.Add(new NativeBuffer(ChunkSizeInBytes));
            used = 0;
        }

        text.CopyTo(chunks[^1].GetSpan()[used..]);
        int reference = ((chunks.Count - 1) << ChunkBits) | used;
        used += text.Length;
        return reference;
    }

    public ReadOnlySpan<byte> Get(int reference, int length) =>
        chunks[reference >> ChunkBits].GetSpan().Slice(reference & (ChunkSizeInBytes - 1), length);

    public void Dispose()
    {
        chunks.ForEach(chunk => ((IDisposable)chunk).Dispose());
        chunks.Clear();
        used = ChunkSizeInBytes;
    }
}
