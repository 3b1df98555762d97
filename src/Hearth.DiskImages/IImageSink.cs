using System.Buffers.Binary;

namespace Hearth.DiskImages;

/// <summary>
/// The destination of a planner's output. The planner runs once with a sink that only counts and once with a sink that stores
/// the bytes, so that no offset is computed in two places.
/// </summary>
internal interface IImageSink
{
    /// <summary>The offset of the next byte. Moving it forward leaves zeros behind.</summary>
    long Position { get; set; }

    void U8(byte value);

    void U16(ushort value);

    void U32(uint value);

    void U64(ulong value);

    void Bytes(ReadOnlySpan<byte> value);

    void Zeros(int count);
}

/// <summary>Counts bytes and stores none.</summary>
internal struct MeasuringSink : IImageSink
{
    public long Position { get; set; }

    public void U8(byte value) => Position += sizeof(byte);

    public void U16(ushort value) => Position += sizeof(ushort);

    public void U32(uint value) => Position += sizeof(uint);

    public void U64(ulong value) => Position += sizeof(ulong);

    public void Bytes(ReadOnlySpan<byte> value) => Position += value.Length;

    public void Zeros(int count) => Position += count;
}

/// <summary>Writes into a zeroed buffer of exactly the measured size.</summary>
internal struct EmittingSink(byte[] buffer) : IImageSink
{
    private int position;

    public long Position
    {
        readonly get => position;
        set => position = checked((int)value);
    }

    public void U8(byte value) => buffer[position++] = value;

    public void U16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Next(sizeof(ushort)), value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Next(sizeof(uint)), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Next(sizeof(ulong)), value);

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Next(value.Length));

    public void Zeros(int count) => position += count;

    private Span<byte> Next(int count)
    {
        Span<byte> next = buffer.AsSpan(position, count);
        position += count;
        return next;
    }
}
