using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Protocol;

/// <summary>
/// Writes one reply, front to back, into the caller's buffer: linux/fuse.h, struct fuse_out_header, then the structures that
/// the opcode requires. <see cref="Finish"/> returns the message to send.
/// </summary>
public ref struct FuseReply
{
    public const int HeaderSizeInBytes = 16;

    private readonly Span<byte> buffer;
    private int length;

    public FuseReply(Span<byte> buffer)
    {
        this.buffer = buffer;
        length = HeaderSizeInBytes;
    }

    /// <summary>The rest of the buffer: fill it in place, then call <see cref="Advance"/> with the number of bytes.</summary>
    public readonly Span<byte> Room => buffer[length..];

    public void Advance(int count) => length += count;

    public void Write<T>(in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(buffer[length..], in value);
        length += Unsafe.SizeOf<T>();
    }

    /// <summary>Whether another directory entry fits within the limit after the bytes before it.</summary>
    public readonly bool HasRoomForDirent(int nameLength, int before, int limit)
    {
        int size = before + SizeOfDirent(nameLength);
        return length - HeaderSizeInBytes + size <= limit && length + size <= buffer.Length;
    }

    /// <summary>Writes a directory entry, padded to 8 bytes; returns false and writes nothing if it exceeds the limit.</summary>
    /// <param name="entry">Its name length is set here.</param>
    /// <param name="name">The name without a terminating NUL.</param>
    /// <param name="limit">Maximum number of bytes after the header.</param>
    public bool TryWriteDirent(FuseDirent entry, scoped ReadOnlySpan<byte> name, int limit)
    {
        if (!HasRoomForDirent(name.Length, before: 0, limit))
        {
            return false;
        }

        int size = SizeOfDirent(name.Length);
        Span<byte> record = buffer.Slice(length, size);
        record.Clear();
        entry.NameLength = (uint)name.Length;
        MemoryMarshal.Write(record, in entry);
        name.CopyTo(record[Unsafe.SizeOf<FuseDirent>()..]);
        length += size;
        return true;
    }

    private static int SizeOfDirent(int nameLength) => (Unsafe.SizeOf<FuseDirent>() + nameLength + 7) & ~7;

    public readonly ReadOnlySpan<byte> Finish(ulong unique)
    {
        WriteHeader(buffer, unique, Errno.None, length);
        return buffer[..length];
    }

    /// <summary>A reply that consists of the header alone: an error, or success without payload.</summary>
    public static ReadOnlySpan<byte> Status(Span<byte> buffer, ulong unique, Errno errno)
    {
        WriteHeader(buffer, unique, errno, HeaderSizeInBytes);
        return buffer[..HeaderSizeInBytes];
    }

    /// <summary>Writes the header of a reply whose payload is already in the buffer.</summary>
    /// <param name="buffer">The start of the reply.</param>
    /// <param name="unique">The request's number.</param>
    /// <param name="errno">None, or the reason why the request failed.</param>
    /// <param name="length">Length of the whole reply in bytes, including this header.</param>
    public static void WriteHeader(Span<byte> buffer, ulong unique, Errno errno, int length)
    {
        var header = new FuseOutHeader { Length = (uint)length, Error = -(int)errno, Unique = unique };
        MemoryMarshal.Write(buffer, in header);
    }
}
