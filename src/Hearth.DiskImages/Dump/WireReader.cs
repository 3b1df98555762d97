using System.Buffers.Binary;

namespace Hearth.DiskImages;

/// <summary>
/// Reads little-endian fields of a structure in wire order. The span covers the whole structure, so its bounds were checked
/// before.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int position;

    public byte U8() => bytes[position++];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public void Skip(int count) => Take(count);

    public ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = bytes.Slice(position, count);
        position += count;
        return taken;
    }
}
