namespace Hearth.FileTree.Walking;

/// <summary>A list that grows by chunks and never moves an item: half a million items are not copied on the way.</summary>
internal sealed class ChunkedList<T>
    where T : struct
{
    private const int ChunkBits = 10;
    private const int ChunkMask = (1 << ChunkBits) - 1;

    private readonly List<T[]> chunks = [];

    public int Count { get; private set; }

    public ref T this[int index] => ref chunks[index >> ChunkBits][index & ChunkMask];

    /// <summary>Appends a default item and gives it to be filled in.</summary>
    public ref T Add()
    {
        if ((Count & ChunkMask) == 0)
        {
            chunks.Add(new T[1 << ChunkBits]);
        }

        return ref this[Count++];
    }
}
