using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Protocol;

/// <summary>
/// Writes one reply, front to back, into a buffer of the caller's: linux/fuse.h, struct fuse_out_header, then the
/// structures the opcode calls for. <see cref="Finish"/> gives the message to send.
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

    /// <summary>What is left of the buffer, to be filled in place and then counted by <see cref="Advance"/>.</summary>
    public readonly Span<byte> Room => buffer[length..];

    public void Advance(int count) => length += count;

    public void Write<T>(in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(buffer[length..], in value);
        length += Unsafe.SizeOf<T>();
    }

    /// <summary>Whether the limit leaves room for an entry of a directory with so much before it.</summary>
    public readonly bool HasRoomForDirent(int nameLength, int before, int limit)
    {
        int size = before + SizeOfDirent(nameLength);
        return length - HeaderSizeInBytes + size <= limit && length + size <= buffer.Length;
    }

    /// <summary>Writes an entry of a directory, padded to 8 bytes; false, and nothing written, where the limit leaves no room.</summary>
    /// <param name="entry">Its name length is filled in here.</param>
    /// <param name="name">Not terminated.</param>
    /// <param name="limit">Most bytes that may follow the header.</param>
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

    /// <summary>A reply that consists of an error, or of success alone.</summary>
    public static ReadOnlySpan<byte> Status(Span<byte> buffer, ulong unique, Errno errno)
    {
        WriteHeader(buffer, unique, errno, HeaderSizeInBytes);
        return buffer[..HeaderSizeInBytes];
    }

    /// <summary>Writes the header of a reply whose payload stands behind it already.</summary>
    /// <param name="buffer">The reply's beginning.</param>
    /// <param name="unique">The request's.</param>
    /// <param name="errno">None, or why the request failed.</param>
    /// <param name="length">Of the whole reply, this header included.</param>
    public static void WriteHeader(Span<byte> buffer, ulong unique, Errno errno, int length)
    {
        var header = new FuseOutHeader { Length = (uint)length, Error = -(int)errno, Unique = unique };
        MemoryMarshal.Write(buffer, in header);
    }
}
