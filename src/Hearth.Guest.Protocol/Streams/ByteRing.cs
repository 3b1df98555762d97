namespace Hearth.Guest.Protocol.Streams;

/// <summary>A queue of bytes. Its memory grows with its content, up to the given capacity.</summary>
internal sealed class ByteRing(int capacityBytes)
{
    private const int FirstSizeInBytes = 4 << 10;

    private byte[] items = [];
    private int head;

    public int Count { get; private set; }

    /// <summary>Adds bytes; the caller has checked that they fit the capacity.</summary>
    public void Write(ReadOnlySpan<byte> source)
    {
        if (items.Length - Count < source.Length)
        {
            Grow(Count + source.Length);
        }

        int tail = (head + Count) % items.Length;
        int untilWrap = Math.Min(source.Length, items.Length - tail);
        source[..untilWrap].CopyTo(items.AsSpan(tail));
        source[untilWrap..].CopyTo(items);
        Count += source.Length;
    }

    /// <summary>Removes and returns as many bytes as are available and fit.</summary>
    public int Read(Span<byte> destination)
    {
        int count = Math.Min(destination.Length, Count);
        int untilWrap = Math.Min(count, items.Length - head);
        items.AsSpan(head, untilWrap).CopyTo(destination);
        items.AsSpan(0, count - untilWrap).CopyTo(destination[untilWrap..]);
        Count -= count;
        head = Count == 0 ? 0 : (head + count) % items.Length;
        return count;
    }

    /// <summary>Drops all bytes and releases the memory.</summary>
    public void Clear()
    {
        items = [];
        head = 0;
        Count = 0;
    }

    private void Grow(int needed)
    {
        int size = Math.Max(FirstSizeInBytes, items.Length);
        while (size < needed)
        {
            size *= 2;
        }

        byte[] grown = new byte[Math.Min(size, capacityBytes)];
        int count = Count;
        Read(grown);
        items = grown;
        head = 0;
        Count = count;
    }
}
