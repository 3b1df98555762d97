using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Descriptors;

/// <summary>
/// A stream that calls blocking read(2) and write(2) directly on a descriptor. It has no buffer and no position, so two
/// descriptors of one open file (<c>&gt; log 2&gt;&amp;1</c>) keep their order.
/// </summary>
/// <param name="descriptor">A blocking descriptor.</param>
/// <param name="access">What the stream may be used for.</param>
/// <param name="ownsDescriptor">True to close the descriptor with the stream; otherwise its owner keeps it.</param>
public sealed class DescriptorStream(SafeFileHandle descriptor, FileAccess access, bool ownsDescriptor = false) : Stream
{
    /// <summary>Whether bytes are dropped, instead of an error, if nothing can read them any more (EPIPE).</summary>
    public bool DropsWithoutReader { get; init; }

    public override bool CanRead => access.HasFlag(FileAccess.Read);

    public override bool CanWrite => access.HasFlag(FileAccess.Write);

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer) => DescriptorIO.Read(descriptor, buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            DescriptorIO.WriteAll(descriptor, buffer);
        }
        catch (LinuxException exception) when (DropsWithoutReader && exception.Errno == Errno.EPIPE)
        {
            // As in `… | head`: the reader has what it wanted.
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsDescriptor)
        {
            descriptor.Dispose();
        }

        base.Dispose(disposing);
    }
}
