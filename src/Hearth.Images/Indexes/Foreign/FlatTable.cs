using System.Buffers.Binary;
using Hearth.Distribution;

namespace Hearth.Images.Indexes.Foreign;

/// <summary>
/// Reads a table of FlatBuffers (flatbuffers.dev, internals). Every place is checked. Numbers are little-endian.
/// <code>
/// buffer: offset of the root table 4
/// table:  its vtable is so many bytes before it 4, signed | fields
/// vtable: its size 2 | the table's size 2 | each field: its offset in the table 2; 0 if it is absent
/// string, vector: the field has the offset from itself 4 | length 4 | bytes or elements; a string or table in a vector is an offset 4
/// </code>
/// </summary>
internal readonly ref struct FlatTable
{
    private const int OffsetBytes = 4;
    private const int VtableHeaderBytes = 4;

    private readonly ReadOnlySpan<byte> buffer;
    private readonly int position;
    private readonly int vtable;
    private readonly int vtableBytes;

    private FlatTable(ReadOnlySpan<byte> buffer, long position)
    {
        this.buffer = buffer;
        this.position = Check(position, OffsetBytes);
        vtable = Check(position - BinaryPrimitives.ReadInt32LittleEndian(buffer[this.position..]), VtableHeaderBytes);
        vtableBytes = BinaryPrimitives.ReadUInt16LittleEndian(buffer[vtable..]);
        Check(vtable, vtableBytes);
    }

    /// <exception cref="ImageException">There is no table.</exception>
    public static FlatTable ReadRoot(ReadOnlySpan<byte> buffer) => buffer.Length >= OffsetBytes ? new(buffer, BinaryPrimitives.ReadUInt32LittleEndian(buffer)) : throw Malformed();

    public byte Byte(int field, byte absent) => PlaceOf(field, 1) is { } place ? buffer[place] : absent;

    public int Int32(int field) => PlaceOf(field, sizeof(int)) is { } place ? BinaryPrimitives.ReadInt32LittleEndian(buffer[place..]) : 0;

    public uint UInt32(int field) => (uint)Int32(field);

    public long Int64(int field) => PlaceOf(field, sizeof(long)) is { } place ? BinaryPrimitives.ReadInt64LittleEndian(buffer[place..]) : 0;

    /// <summary>A string, or a vector of bytes; empty if it is absent.</summary>
    public ReadOnlySpan<byte> Bytes(int field) => PlaceOf(field, OffsetBytes) is { } place ? BytesAt(place) : default;

    /// <exception cref="ImageException">It is absent.</exception>
    public FlatTable Table(int field) => PlaceOf(field, OffsetBytes) is { } place ? new(buffer, Follow(place)) : throw Malformed();

    /// <summary>The number of elements of a vector of strings or tables; 0 if it is absent.</summary>
    public int Count(int field) => PlaceOf(field, OffsetBytes) is { } place ? VectorAt(place).Count : 0;

    public ReadOnlySpan<byte> BytesOf(int field, int index) => BytesAt(ElementOf(field, index));

    public FlatTable TableOf(int field, int index) => new(buffer, Follow(ElementOf(field, index)));

    private int ElementOf(int field, int index)
    {
        (int start, int count) = VectorAt(PlaceOf(field, OffsetBytes) ?? throw Malformed());
        return index < count ? start + (OffsetBytes * index) : throw Malformed();
    }

    private (int Start, int Count) VectorAt(int place)
    {
        int vector = Check(Follow(place), OffsetBytes);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(buffer[vector..]);
        Check(vector + OffsetBytes, (long)OffsetBytes * count);
        return (vector + OffsetBytes, (int)count);
    }

    private ReadOnlySpan<byte> BytesAt(int place)
    {
        int start = Check(Follow(place), OffsetBytes);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(buffer[start..]);
        return buffer.Slice(Check(start + OffsetBytes, length), (int)length);
    }

    private long Follow(int place) => place + (long)BinaryPrimitives.ReadUInt32LittleEndian(buffer[place..]);

    private int? PlaceOf(int field, int size)
    {
        int entry = VtableHeaderBytes + (sizeof(ushort) * field);
        if (entry + sizeof(ushort) > vtableBytes)
        {
            return null;
        }

        ushort offset = BinaryPrimitives.ReadUInt16LittleEndian(buffer[(vtable + entry)..]);
        return offset == 0 ? null : Check(position + (long)offset, size);
    }

    private int Check(long start, long length) => start >= 0 && length <= buffer.Length && start <= buffer.Length - length ? (int)start : throw Malformed();

    private static ImageException Malformed() => new(ImageError.Malformed, "cannot read the layer's zTOC: an offset is missing, or leads out of it");
}
