using System.Buffers;

namespace Hearth.Shares;

/// <summary>The buffer for the replies of one serving thread: its own memory for usual replies, pooled memory for long ones.</summary>
internal sealed class ReplyBuffer
{
    private const int OwnSizeInBytes = 16 << 10;

    private readonly byte[] own = new byte[OwnSizeInBytes];
    private byte[]? rented;

    /// <summary>The memory that <see cref="OfSize"/> last returned.</summary>
    public byte[] Bytes => rented ?? own;

    /// <summary>Returns memory of at least this size; the previous content is lost.</summary>
    public Span<byte> OfSize(int size)
    {
        Release();
        rented = size > OwnSizeInBytes ? ArrayPool<byte>.Shared.Rent(size) : null;
        return Bytes;
    }

    /// <summary>Returns pooled memory after a reply was sent, so that an idle thread keeps only its own memory.</summary>
    public void Release()
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
            rented = null;
        }
    }
}
