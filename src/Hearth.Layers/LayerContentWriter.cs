using Microsoft.Win32.SafeHandles;

namespace Hearth.Layers;

/// <summary>Writes an uncompressed layer to a file; blocks of zeros become holes.</summary>
/// <param name="file">Empty. The caller keeps its ownership.</param>
/// <param name="take">Called with a number of bytes before they are written; holes do not count. It may throw.</param>
public sealed class LayerContentWriter(SafeFileHandle file, Action<long>? take = null)
{
    /// <summary>The usual block size of file systems: a smaller hole saves no space.</summary>
    private const int BlockBytes = 4096;

    private const int BufferBytes = 1 << 20;

    private readonly byte[] buffer = new byte[BufferBytes];
    private int length;
    private long position;

    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, BufferBytes - length);
            bytes[..count].CopyTo(buffer.AsSpan(length));
            length += count;
            bytes = bytes[count..];
            if (length == BufferBytes)
            {
                Flush();
            }
        }
    }

    /// <summary>Writes the rest, and sets the file's length.</summary>
    public void Finish()
    {
        Flush();
        RandomAccess.SetLength(file, position);
    }

    private void Flush()
    {
        for (int start = 0, end; start < length; start = end)
        {
            bool isHole = IsHole(start);
            for (end = Math.Min(length, start + BlockBytes); end < length && IsHole(end) == isHole; end = Math.Min(length, end + BlockBytes))
            {
            }

            if (!isHole)
            {
                take?.Invoke(end - start);
                RandomAccess.Write(file, buffer.AsSpan(start, end - start), position + start);
            }
        }

        position += length;
        length = 0;
    }

    private bool IsHole(int start) => length - start >= BlockBytes && !buffer.AsSpan(start, BlockBytes).ContainsAnyExcept((byte)0);
}
