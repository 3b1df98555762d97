namespace Hearth.DiskImages;

/// <summary>A virtual disk as a seekable stream, for one reader. It does not own the disk.</summary>
internal sealed class VirtualDiskStream(VirtualDisk disk) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => disk.Length;

    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await disk.ReadAsync(Position, buffer, cancellationToken).ConfigureAwait(false);
        Position += count;
        return count;
    }

    /// <summary>Blocks the calling thread while a file's bytes must be awaited.</summary>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("a virtual disk is read-only");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a virtual disk is read-only");
}
