using System.Buffers.Binary;
using System.Diagnostics;

namespace Hearth.Machines.Tests.Support;

/// <summary>Packs bytes as kernels are packed, by the programs that kernel builds use, and wraps them into a bzImage.</summary>
internal static class Packing
{
    private const int SetupSectors = 3;

    /// <param name="bytes">What to pack.</param>
    /// <param name="how">none, gzip, xz, zstd, lz4, bzip2, lzma.</param>
    internal static byte[] Pack(byte[] bytes, string how) => how switch
    {
        "none" => bytes,
        "gzip" => Filter(bytes, "gzip", "-9n"),
        "xz" => Filter(bytes, "xz", "--check=crc32", "--x86", "--lzma2=dict=32MiB"),
        "zstd" => Filter(bytes, "zstd", "-q", "-19"),
        "lz4" => Filter(bytes, "lz4", "-l", "-9", "-q"),
        "bzip2" => [.. "BZh91AY&SY"u8, .. bytes],
        "lzma" => Filter(bytes, "xz", "--format=lzma"),
        _ => throw new ArgumentOutOfRangeException(nameof(how)),
    };

    /// <summary>A bzImage with a payload; all but gzip have the unpacked size behind them, as kernel builds append it.</summary>
    internal static byte[] BzImage(byte[] unpacked, string how, int? promisedBytes = null)
    {
        byte[] packed = Pack(unpacked, how);
        byte[] payload = how is "gzip" or "none" ? packed : [.. packed, .. BitConverter.GetBytes(promisedBytes ?? unpacked.Length)];
        byte[] image = new byte[(SetupSectors + 1) * 512 + 64 + payload.Length];
        image[0x1f1] = SetupSectors;
        "HdrS"u8.CopyTo(image.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x206), 0x20f);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x248), 64);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x24c), (uint)payload.Length);
        payload.CopyTo(image, (SetupSectors + 1) * 512 + 64);
        return image;
    }

    private static byte[] Filter(byte[] input, string program, params string[] arguments)
    {
        ProcessStartInfo info = new(program, [.. arguments, "-c"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process process = Process.Start(info)!;
        Task feeding = Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        });
        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        feeding.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
