using System.Buffers.Binary;

namespace Hearth.Machines.Kernel;

/// <summary>
/// Extracts the uncompressed ELF image from a kernel file. The file is that image itself, the compressed image, or an x86
/// bzImage, whose setup header contains the position of the compressed image.
/// <code>
/// bzImage (Documentation/arch/x86/boot.rst), offsets in bytes
///   0x1f1  u8   setup_sects    sectors of real-mode code after the first; 0 means 4
///   0x202  u32  header         "HdrS"
///   0x206  u16  version        payload fields exist from 2.08 on
///   0x248  u32  payload_offset from the end of the real-mode code
///   0x24c  u32  payload_length of the compressed image; except for gzip, it includes a final u32 with the uncompressed size
/// </code>
/// </summary>
internal static class KernelImage
{
    /// <summary>
    /// The largest image. Distribution kernels unpack to 50 to 90 MiB; one with all debug information stays below this limit.
    /// </summary>
    internal const int LimitInBytes = 1 << 30;

    private const int SetupHeaderEnd = 0x250;
    private const int SectorBytes = 512;
    private const int FirstVersionWithPayload = 0x208;
    private const uint Magic = 0x53726448;

    /// <summary>Reads a kernel file.</summary>
    /// <returns>The ELF image; its inner structure is not checked.</returns>
    internal static byte[] Extract(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new KernelException(KernelError.NotFound, $"there is no kernel image at {path}");
        }

        if (file.Length > LimitInBytes)
        {
            throw new KernelException(KernelError.TooLarge, $"{path} has {file.Length} bytes: no kernel image is that large");
        }

        return Extract(File.ReadAllBytes(path), path);
    }

    internal static byte[] Extract(byte[] bytes, string name)
    {
        if (ElfImage.IsElf(bytes))
        {
            return bytes;
        }

        byte[] image = IsBzImage(bytes) ? ExtractPayload(bytes, name) : ExtractWhole(bytes, name);
        return ElfImage.IsElf(image)
            ? image
            : throw new KernelException(KernelError.NotAKernel, $"{name}: its decompressed content is not a 64-bit ELF image");
    }

    private static bool IsBzImage(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= SetupHeaderEnd && BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x202..]) == Magic;

    private static byte[] ExtractPayload(byte[] bytes, string name)
    {
        int version = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(0x206));
        if (version < FirstVersionWithPayload)
        {
            throw new KernelException(
                KernelError.NotAKernel, $"{name}: boot protocol {version:x} does not contain the position of the kernel");
        }

        int setupSectors = bytes[0x1f1] == 0 ? 4 : bytes[0x1f1];
        long start = ((setupSectors + 1L) * SectorBytes) + BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(0x248));
        long length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(0x24c));
        if (start + length > bytes.Length)
        {
            throw new KernelException(
                KernelError.Corrupt, $"{name} has {bytes.Length} bytes; its kernel should begin at {start} and have {length} bytes");
        }

        ReadOnlyMemory<byte> payload = bytes.AsMemory((int)start, (int)length);
        KernelCompression compression = KernelPayload.Detect(payload.Span, name);
        if (compression == KernelCompression.None)
        {
            return payload.ToArray();
        }

        if (compression == KernelCompression.Gzip)
        {
            return KernelPayload.Decompress(payload, compression, name);
        }

        if (length < 4)
        {
            throw new KernelException(KernelError.Corrupt, $"{name}: its kernel has only {length} bytes");
        }

        byte[] image = KernelPayload.Decompress(payload[..^4], compression, name);
        uint promised = BinaryPrimitives.ReadUInt32LittleEndian(payload.Span[^4..]);
        return image.Length == promised
            ? image
            : throw new KernelException(KernelError.Corrupt, $"{name} unpacks to {image.Length} bytes, but its header says {promised}");
    }

    private static byte[] ExtractWhole(byte[] bytes, string name)
    {
        KernelCompression compression = KernelPayload.Detect(bytes, name);
        return compression == KernelCompression.None
            ? throw new KernelException(KernelError.NotAKernel, $"{name} is neither a bzImage nor an ELF vmlinux")
            : KernelPayload.Decompress(bytes, compression, name);
    }
}
