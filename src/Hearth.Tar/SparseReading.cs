namespace Hearth.Tar;

/// <summary>Reads a sparse file as it is after unpacking: stored parts, and zeros between them.</summary>
internal sealed class SparseReading(IReadOnlyList<SparseExtent> extents, long sizeInBytes)
{
    private int next;
    private long position;

    internal delegate int StoredRead(Span<byte> destination);

    /// <returns>0 at the file's end.</returns>
    internal int Read(Span<byte> destination, StoredRead readStored)
    {
        while (next < extents.Count && position >= extents[next].Offset + extents[next].Length)
        {
            next++;
        }

        bool isStored = next < extents.Count && position >= extents[next].Offset;
        long end = next == extents.Count ? sizeInBytes : isStored ? extents[next].Offset + extents[next].Length : extents[next].Offset;
        Span<byte> piece = destination[..(int)Math.Min(destination.Length, end - position)];
        int count = piece.Length;
        if (isStored)
        {
            count = readStored(piece);
        }
        else
        {
            piece.Clear();
        }

        position += count;
        return count;
    }
}
