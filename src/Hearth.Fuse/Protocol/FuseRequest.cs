using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Protocol;

/// <summary>
/// One request as it came over the wire: linux/fuse.h, struct fuse_in_header, then what the opcode calls for, in the
/// host's byte order. Whoever sent it may be hostile: nothing is read beyond the length that came.
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

    /// <summary>False where the bytes are no request: too short for a header, or of another length than it says.</summary>
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

    /// <summary>Reads the structure that the opcode calls for; false where the request is too short for it.</summary>
    public bool TryReadBody<T>(out T value)
        where T : unmanaged => MemoryMarshal.TryRead(Body, out value);

    /// <summary>Reads the name that alone makes up the body of a LOOKUP, without the NUL that ends it; false without one.</summary>
    public bool TryReadName(out ReadOnlySpan<byte> name)
    {
        int end = Body.IndexOf((byte)0);
        name = end > 0 ? Body[..end] : default;
        return end > 0;
    }
}
