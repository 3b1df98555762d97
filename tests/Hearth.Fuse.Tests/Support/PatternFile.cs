using System.Buffers.Binary;

namespace Hearth.Fuse.Tests.Support;

/// <summary>A file whose bytes follow from their offset: eight at a time, the offset's own scrambled number.</summary>
public sealed class PatternFile(string name, long length) : IFuseFile
{
    private const ulong Scramble = 0x9E3779B97F4A7C15;

    public string Name => name;

    public long Length => length;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Fill(offset, destination.Span);
        return ValueTask.FromResult(destination.Length);
    }

    public static void Fill(long offset, Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[8];
        while (destination.Length > 0)
        {
            int skip = (int)(offset % 8);
            BinaryPrimitives.WriteUInt64LittleEndian(word, (ulong)(offset - skip + 1) * Scramble);
            int count = Math.Min(8 - skip, destination.Length);
            word.Slice(skip, count).CopyTo(destination);
            destination = destination[count..];
            offset += count;
        }
    }

    public static byte[] Bytes(long offset, int length)
    {
        byte[] bytes = new byte[length];
        Fill(offset, bytes);
        return bytes;
    }
}
