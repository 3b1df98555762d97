using Hearth.DiskImages;
using Hearth.Fuse;

namespace Hearth.Rootfs;

/// <summary>A virtual disk as the file that a FUSE session shows.</summary>
internal sealed class ServedDisk(VirtualDisk disk) : IFuseFile
{
    public const string FileName = "rootfs.img";

    public string Name => FileName;

    public long Length => disk.Length;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        disk.ReadAsync(offset, destination, cancellationToken);
}
