using System.IO.Compression;
using K4os.Compression.LZ4;
using ZstdSharp;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Expands single blocks of metadata. LZMA and LZO are not supported, since they are rare. Neither is XZ, since its library
/// decodes the output of some encoders incorrectly.
/// </summary>
internal static class SquashFsCompression
{
    private const ushort Xz = 4;
    private const ushort Lz4 = 5;
    private const ushort Zstd = 6;

    /// <summary>The compression's name; its number if it has none.</summary>
    public static string NameOf(ushort compression) => compression switch
    {
        SquashFsSuperblock.Gzip => "gzip",
        2 => "lzma",
        3 => "lzo",
        Xz => "xz",
        Lz4 => "lz4",
        Zstd => "zstd",
        _ => $"{compression}",
    };

    /// <summary>Expands a block into the destination, from its start, and returns the expanded length.</summary>
    /// <param name="compression">The superblock's number for the compression.</param>
    /// <param name="packed">The whole block.</param>
    /// <param name="destination">Has room for the largest possible block.</param>
    /// <param name="offset">The offset of the block in the image, for messages.</param>
    /// <exception cref="DiskImageException">
    /// Unsupported: another compression. Corrupt: the block is invalid, or expands to more than the destination.
    /// </exception>
    public static int Expand(ushort compression, byte[] packed, byte[] destination, long offset)
    {
        try
        {
            int length = compression switch
            {
                SquashFsSuperblock.Gzip => ExpandZlib(packed, destination),
                Lz4 => LZ4Codec.Decode(packed, destination),
                Zstd => ExpandZstd(packed, destination),
                _ => throw ImageBytes.Unsupported(offset, $"metadata compressed with {NameOf(compression)}"),
            };
            return length >= 0 ? length : throw ImageBytes.Corrupt(offset, $"a block that {NameOf(compression)} cannot expand to {destination.Length} bytes");
        }
        catch (Exception failure) when (failure is InvalidDataException or ZstdException)
        {
            throw new DiskImageException(
                DiskImageError.Corrupt, $"the image is corrupt at offset {offset}: {NameOf(compression)} cannot expand a block: {failure.Message}", failure);
        }
    }

    private static int ExpandZlib(byte[] packed, byte[] destination)
    {
        using var stream = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
        int length = stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        return length < destination.Length || stream.ReadByte() < 0 ? length : -1;
    }

    private static int ExpandZstd(byte[] packed, byte[] destination)
    {
        using var decompressor = new Decompressor();
        return decompressor.Unwrap(packed, destination);
    }
}
