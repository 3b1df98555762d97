using System.Buffers;

namespace Hearth.Shares;

/// <summary>Where one serving thread makes its replies: memory of its own for the usual ones, the pool's for long ones.</summary>
internal sealed class ReplyBuffer
{
    private const int OwnSizeInBytes = 16 << 10;

    private readonly byte[] own = new byte[OwnSizeInBytes];
    private byte[]? rented;

    /// <summary>The memory that <see cref="OfSize"/> last gave.</summary>
    public byte[] Bytes => rented ?? own;

    /// <summary>Room for at least so many bytes; what stood there is lost.</summary>
    public Span<byte> OfSize(int size)
    {
        Release();
        rented = size > OwnSizeInBytes ? ArrayPool<byte>.Shared.Rent(size) : null;
        return Bytes;
    }

    /// <summary>To be called when a reply was sent: an idle thread keeps no more than it always has.</summary>
    public void Release()
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
            rented = null;
        }
    }
}
