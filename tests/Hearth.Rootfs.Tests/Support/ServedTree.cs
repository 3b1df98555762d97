using System.Diagnostics;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Rootfs.Tests.Support;

/// <summary>
/// A directory of files that differ in every block, served as an EROFS image in a FUSE mount that only this process
/// knows. Session and directory go with this object.
/// </summary>
public sealed class ServedTree : IAsyncDisposable
{
    public const int BlockSizeInBytes = 4096;

    private readonly TemporaryDirectory source = new();

    /// <param name="sizesInBytes">Of file0, file1 and so on.</param>
    public ServedTree(params int[] sizesInBytes)
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/dev/fuse"))
        {
            Assert.Skip("serving an image needs root and /dev/fuse");
        }

        for (int file = 0; file < sizesInBytes.Length; file++)
        {
            File.WriteAllBytes(SourcePathOf(file), Content(file, 0, sizesInBytes[file]));
        }

        RootfsOptions options = new();
        Rootfs = LazyRootfs.ServeAsync(new DirectoryRoot(source.Path, options), options, cache: null, mountPoint: null, new Timeline(TimeProvider.System, Stopwatch.GetTimestamp()), default)
            .GetAwaiter().GetResult();
    }

    public LazyRootfs Rootfs { get; }

    public static string NameOf(int file) => $"file{file}";

    public string SourcePathOf(int file) => source.File(NameOf(file));

    /// <summary>What a file holds from an offset on: each eight bytes tell the file and where they stand.</summary>
    public static byte[] Content(int file, long offset, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            long word = (((long)file << 40) | ((offset + i) / 8)) * 0x1E3779B97F4A7C15;
            bytes[i] = (byte)(word >> (int)((offset + i) % 8 * 8));
        }

        return bytes;
    }

    /// <summary>Where a file's bytes begin in the image, found by looking for them.</summary>
    public long FindInImage(int file)
    {
        byte[] first = Content(file, 0, BlockSizeInBytes);
        byte[] block = new byte[BlockSizeInBytes];
        using SafeFileHandle image = File.OpenHandle(Rootfs.ImagePath);
        for (long offset = 0; RandomAccess.Read(image, block, offset) == BlockSizeInBytes; offset += BlockSizeInBytes)
        {
            if (block.AsSpan().SequenceEqual(first))
            {
                return offset;
            }
        }

        throw new InvalidOperationException($"{NameOf(file)} is not in the image");
    }

    public async ValueTask DisposeAsync()
    {
        await Rootfs.DisposeAsync();
        source.Dispose();
    }
}
