namespace Hearth.Fuse.Passthrough;

/// <summary>Where one serving thread makes its replies; as large as the largest so far.</summary>
internal sealed class ReplyBuffer
{
    private const int FirstSizeInBytes = 16 << 10;

    private byte[] bytes = new byte[FirstSizeInBytes];

    /// <summary>The memory that <see cref="OfSize"/> last gave.</summary>
    public byte[] Bytes => bytes;

    /// <summary>Room for at least so many bytes; what stood there is lost.</summary>
    public Span<byte> OfSize(int size)
    {
        if (bytes.Length < size)
        {
            bytes = new byte[size];
        }

        return bytes;
    }
}
