using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Memory;

namespace Hearth.FileTree.Walking;

/// <summary>
/// A list that grows by chunks and never moves an item, so that growing to half a million items copies none. The chunks are
/// outside the garbage-collected heap: disposing the list releases them immediately, not at a later collection.
/// </summary>
internal sealed class ChunkedList<T> : IDisposable
    where T : unmanaged
{
    private const int ChunkBits = 13;
    private const int ChunkMask = (1 << ChunkBits) - 1;

    private readonly List<NativeBuffer> chunks = [];

    public int Count { get; private set; }

    /// <summary>Valid until the list is disposed.</summary>
    public ref T this[int index] => ref MemoryMarshal.Cast<byte, T>(chunks[index >> ChunkBits].GetSpan())[index & ChunkMask];

    /// <summary>Appends a default item and returns it to be filled in.</summary>
    public ref T Add()
    {
        if ((Count & ChunkMask) == 0)
        {
            chunks.Add(new NativeBuffer(Unsafe.SizeOf<T>() << ChunkBits));
        }

        ref T item = ref this[Count++];
        item = default;
        return ref item;
    }

    public void Dispose()
    {
        chunks.ForEach(chunk => ((IDisposable)chunk).Dispose());
        chunks.Clear();
        Count = 0;
    }
}
