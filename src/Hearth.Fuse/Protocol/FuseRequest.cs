using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Protocol;

/// <summary>
/// One request as received: linux/fuse.h, struct fuse_in_header, then what the opcode requires, in the host's byte order. The
/// sender may be hostile: nothing is read beyond the received length.
/// </summary>
public readonly ref struct FuseRequest
{
    private FuseRequest(FuseInHeader header, ReadOnlySpan<byte> body)
    {
        Header = header;
        Body = body;
    }

    public FuseInHeader Header { get; }

    /// <summary>What follows the header, without extensions.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>
    /// Returns false if the bytes are not a request: too short for a header, or of a different length than the header says.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out FuseRequest request)
    {
        request = default;
        if (!MemoryMarshal.TryRead(message, out FuseInHeader header) || header.Length != message.Length)
        {
            return false;
        }

        int end = message.Length - (header.ExtensionLength * 8);
        int start = Unsafe.SizeOf<FuseInHeader>();
        if (end < start)
        {
            return false;
        }

        request = new FuseRequest(header, message[start..end]);
        return true;
    }

    /// <summary>Reads the structure that the opcode requires; returns false if the request is too short for it.</summary>
    public bool TryReadBody<T>(out T value)
        where T : unmanaged => MemoryMarshal.TryRead(Body, out value);

    /// <summary>Reads the name that is the whole body of a LOOKUP, without its NUL; returns false if there is none.</summary>
    public bool TryReadName(out ReadOnlySpan<byte> name)
    {
        int end = Body.IndexOf((byte)0);
        name = end > 0 ? Body[..end] : default;
        return end > 0;
    }
}
