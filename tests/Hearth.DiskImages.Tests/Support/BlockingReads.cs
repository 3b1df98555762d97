using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>Reads for tests that have a thread to wait with.</summary>
public static class BlockingReads
{
    public static void Read(this IContentSource content, NodeId node, long offset, Memory<byte> destination) =>
        content.ReadAsync(node, offset, destination, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    public static int Read(this VirtualDisk disk, long offset, Memory<byte> destination) =>
        disk.ReadAsync(offset, destination).AsTask().GetAwaiter().GetResult();

    /// <summary>A read that must not wait; allocates nothing itself.</summary>
    public static void ReadAtOnce(this IContentSource content, NodeId node, long offset, Memory<byte> destination)
    {
        ValueTask read = content.ReadAsync(node, offset, destination, CancellationToken.None);
        if (!read.IsCompleted)
        {
            throw new InvalidOperationException("the read waits");
        }

        read.GetAwaiter().GetResult();
    }

    /// <summary>A read that must not wait; allocates nothing itself.</summary>
    public static int ReadAtOnce(this VirtualDisk disk, long offset, Memory<byte> destination)
    {
        ValueTask<int> read = disk.ReadAsync(offset, destination);
        if (!read.IsCompleted)
        {
            throw new InvalidOperationException("the read waits");
        }

        return read.GetAwaiter().GetResult();
    }
}
