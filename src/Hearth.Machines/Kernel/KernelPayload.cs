using System.Buffers.Binary;
using System.IO.Compression;
using K4os.Compression.LZ4;

namespace Hearth.Machines.Kernel;

/// <summary>The compression of a kernel or a module.</summary>
internal enum KernelCompression
{
    None,
    Gzip,
    Xz,
    Zstd,

    /// <summary>The block format without content size that <c>lz4 -l</c> writes.</summary>
    Lz4Legacy,
}

/// <summary>Detects the compression of kernels and modules by their first bytes, and decompresses them.</summary>
internal static class KernelPayload
{
    private const int Lz4BlockBytes = 8 << 20;
    private const uint Lz4LegacyMagic = 0x184c2102;

    /// <exception cref="KernelException">The compression is known but not supported.</exception>
    internal static KernelCompression Detect(ReadOnlySpan<byte> bytes, string name) => bytes switch
    {
        [0x1f, 0x8b, ..] => KernelCompression.Gzip,
        [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => KernelCompression.Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => KernelCompression.Zstd,
        [0x02, 0x21, 0x4c, 0x18, ..] => KernelCompression.Lz4Legacy,
        [(byte)'B', (byte)'Z', (byte)'h', ..] => throw Unread(name, "bzip2"),
        [0x5d, 0, 0, ..] => throw Unread(name, "lzma"),
        [0x89, (byte)'L', (byte)'Z', (byte)'O', ..] => throw Unread(name, "lzo"),
        _ => KernelCompression.None,
    };

    /// <exception cref="KernelException">The data ends early, is damaged, or unpacks to more bytes than any kernel has.</exception>
    internal static byte[] Decompress(ReadOnlyMemory<byte> packed, KernelCompression compression, string name)
    {
        try
        {
            return compression switch
            {
                KernelCompression.None => packed.ToArray(),
                KernelCompression.Gzip => ReadAll(new GZipStream(AsStream(packed), CompressionMode.Decompress), name),
                KernelCompression.Zstd => ReadAll(new ZstdSharp.DecompressionStream(AsStream(packed)), name),
                KernelCompression.Xz => XzProgram.Decompress(packed, KernelImage.LimitInBytes, name),
                KernelCompression.Lz4Legacy => DecompressLz4(packed.Span, name),
                _ => throw new ArgumentOutOfRangeException(nameof(compression)),
            };
        }
        catch (Exception e) when (e is InvalidDataException or ZstdSharp.ZstdException or EndOfStreamException)
        {
            throw new KernelException(KernelError.Corrupt, $"cannot unpack {name} ({compression}): {e.Message}", e);
        }
    }

    /// <summary>The format: magic, then blocks. A block is a u32 with its packed size and an LZ4 block of at most 8 MiB unpacked.</summary>
    private static byte[] DecompressLz4(ReadOnlySpan<byte> packed, string name)
    {
        using MemoryStream output = new();
        byte[] block = new byte[Lz4BlockBytes];
        packed = packed[4..];
        while (!packed.IsEmpty)
        {
            uint blockBytes = packed.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(packed);
            if (blockBytes == Lz4LegacyMagic)
            {
                // The next of several concatenated frames, which form one stream.
                packed = packed[4..];
                continue;
            }

            if (blockBytes > packed.Length - 4)
            {
                throw new KernelException(KernelError.Corrupt, $"{name}: an LZ4 block extends beyond the end of the file");
            }

            int count = LZ4Codec.Decode(packed.Slice(4, (int)blockBytes), block);
            if (count <= 0 || output.Length + count > KernelImage.LimitInBytes)
            {
                throw new KernelException(KernelError.Corrupt, $"{name}: an LZ4 block is damaged, after {output.Length} unpacked bytes");
            }

            output.Write(block, 0, count);
            packed = packed[(4 + (int)blockBytes)..];
        }

        return output.ToArray();
    }

    private static byte[] ReadAll(Stream unpacking, string name)
    {
        using Stream source = unpacking;
        using MemoryStream output = new();
        byte[] buffer = new byte[1 << 17];
        for (int count; (count = source.Read(buffer)) > 0;)
        {
            if (output.Length + count > KernelImage.LimitInBytes)
            {
                throw new KernelException(KernelError.TooLarge, $"{name} unpacks to more than {KernelImage.LimitInBytes} bytes");
            }

            output.Write(buffer, 0, count);
        }

        return output.ToArray();
    }

    private static MemoryStream AsStream(ReadOnlyMemory<byte> bytes) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);

    private static KernelException Unread(string name, string format) =>
        new(
            KernelError.UnsupportedCompression, $"cannot unpack {name}: its compression is {format}; Hearth reads gzip, xz, zstd and lz4");
}
