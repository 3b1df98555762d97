using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Hearth.Linux.Network;

/// <summary>The attributes of a message that the kernel has sent, found by type. Truncated ones are ignored.</summary>
internal readonly ref struct NetlinkAttributes(ReadOnlySpan<byte> bytes)
{
    private const int HeaderBytes = 4;
    private const int Alignment = 4;

    /// <summary>The flags NLA_F_NESTED and NLA_F_NET_BYTEORDER are no part of the type.</summary>
    private const int TypeMask = 0x3fff;

    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <returns>The payload; empty if there is no such attribute.</returns>
    internal ReadOnlySpan<byte> Find(ushort type)
    {
        ReadOnlySpan<byte> rest = bytes;
        while (rest.Length >= HeaderBytes)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (length < HeaderBytes || length > rest.Length)
            {
                break;
            }

            if ((BinaryPrimitives.ReadUInt16LittleEndian(rest[sizeof(ushort)..]) & TypeMask) == type)
            {
                return rest[HeaderBytes..length];
            }

            rest = rest[Math.Min(rest.Length, (length + Alignment - 1) & -Alignment)..];
        }

        return [];
    }

    internal NetlinkAttributes Nested(ushort type) => new(Find(type));

    internal uint? FindNumber(ushort type) => Find(type) is { Length: >= sizeof(uint) } found ? MemoryMarshal.Read<uint>(found) : null;

    internal string? FindText(ushort type) => Find(type) is { Length: > 0 } found ? Encoding.UTF8.GetString(found.TrimEnd((byte)0)) : null;
}
