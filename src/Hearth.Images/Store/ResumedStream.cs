using Hearth.Distribution;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Store;

/// <summary>A blob of which a file has the beginning and a stream the rest. What is read of the stream is appended to the file.</summary>
internal sealed class ResumedStream(SafeFileHandle file, long stored, long size, Stream rest) : ForwardStream
{
    private long position;

    public override long Length => size;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    /// <exception cref="ImageException">The stream has more bytes than the blob.</exception>
    public override int Read(Span<byte> buffer)
    {
        int count;
        if (position < stored)
        {
            count = RandomAccess.Read(file, buffer[..(int)Math.Min(buffer.Length, stored - position)], position);
        }
        else
        {
            count = rest.Read(buffer);
            RandomAccess.Write(file, buffer[..count], position);
        }

        position += count;
        return position <= size ? count : throw new ImageException(ImageError.RegistryFault, $"cannot fetch a blob: the source sends more than its {size} bytes");
    }
}
