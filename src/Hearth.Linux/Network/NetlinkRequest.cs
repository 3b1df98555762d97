using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Hearth.Linux.Network;

/// <summary>
/// A netlink request under construction (netlink(7)): header, fixed part, attributes. An attribute is a length, a type and a
/// payload, padded to 4 bytes; nested attributes are its payload. All numbers are in the host's byte order.
/// </summary>
internal sealed class NetlinkRequest
{
    private const int AttributeHeaderBytes = 4;
    private const int Alignment = 4;

    /// <summary>The kernel reads no request of ours with more; one has a handful of attributes.</summary>
    private const int MostBytes = 4096;

    private readonly byte[] buffer = new byte[MostBytes];
    private int length;

    private NetlinkRequest()
    {
    }

    internal ushort Type { get; private init; }

    internal ushort Flags { get; private init; }

    /// <summary>Starts a request.</summary>
    /// <param name="type">The message type, such as RTM_NEWLINK.</param>
    /// <param name="flags">The NLM_F flags.</param>
    /// <param name="body">The fixed part.</param>
    internal static unsafe NetlinkRequest Create<T>(ushort type, ushort flags, in T body)
        where T : unmanaged
    {
        NetlinkRequest request = new() { Type = type, Flags = flags, length = sizeof(NetlinkHeader) };
        request.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in body)));
        return request;
    }

    internal NetlinkRequest Attribute(ushort type, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(length), (ushort)(AttributeHeaderBytes + payload.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(length + sizeof(ushort)), type);
        length += AttributeHeaderBytes;
        Append(payload);
        return this;
    }

    internal NetlinkRequest Attribute(ushort type, uint value)
    {
        Span<byte> payload = stackalloc byte[sizeof(uint)];
        MemoryMarshal.Write(payload, in value);
        return Attribute(type, payload);
    }

    internal unsafe NetlinkRequest Attribute<T>(ushort type, in T value)
        where T : unmanaged => Attribute(type, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>Adds a text that ends with NUL.</summary>
    internal NetlinkRequest Text(ushort type, string text) => Attribute(type, Encoding.UTF8.GetBytes(text + '\0'));

    /// <summary>Adds an attribute whose payload is the attributes that a function adds.</summary>
    internal NetlinkRequest Nest(ushort type, Action<NetlinkRequest> add)
    {
        int start = length;
        Attribute(type, []);
        add(this);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(start), (ushort)(length - start));
        return this;
    }

    /// <summary>Adds a fixed part, as some nested attributes begin with one.</summary>
    internal unsafe NetlinkRequest Body<T>(in T body)
        where T : unmanaged
    {
        Append(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in body)));
        return this;
    }

    /// <summary>Writes the header and returns the whole request.</summary>
    internal ReadOnlySpan<byte> Complete(uint sequence)
    {
        NetlinkHeader header = new() { Length = (uint)length, Type = Type, Flags = Flags, Sequence = sequence };
        MemoryMarshal.Write(buffer, in header);
        return buffer.AsSpan(0, length);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(buffer.AsSpan(length));
        length += (bytes.Length + Alignment - 1) & -Alignment;
    }
}
