using System.Buffers.Binary;

namespace Hearth.DiskImages.SquashFs;

/// <summary>Writes one metadata stream, split into blocks of 8 KiB, each behind its header.</summary>
/// <param name="sink">Receives the blocks, from its position on.</param>
/// <param name="length">The stream's total length, which determines the last header; ignored by a sink that only counts.</param>
internal struct MetadataStream<TSink>(TSink sink, long length)
    where TSink : struct, IImageSink
{
    private TSink sink = sink;
    private long written;

    /// <summary>The position in the stream, without headers; only writing advances it.</summary>
    public readonly long Position => written;

    public void U8(byte value) => Bytes([value]);

    public void U16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        Bytes(bytes);
    }

    public void U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Bytes(bytes);
    }

    public void U64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Bytes(bytes);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        while (value.Length > 0)
        {
            int inBlock = (int)(written % SquashFsLayout.MetadataBlockInBytes);
            if (inBlock == 0)
            {
                long block = Math.Clamp(length - written, 0, SquashFsLayout.MetadataBlockInBytes);
                sink.U16((ushort)(SquashFsLayout.MetadataIsStored | block));
            }

            ReadOnlySpan<byte> piece = value[..Math.Min(value.Length, SquashFsLayout.MetadataBlockInBytes - inBlock)];
            sink.Bytes(piece);
            written += piece.Length;
            value = value[piece.Length..];
        }
    }
}
