using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>Splits a byte stream into requests by the length at the beginning of each. Only one thread may use it.</summary>
internal sealed class RequestReader(Stream transport)
{
    private const int BufferInBytes = 64 << 10;

    private static readonly int HeaderInBytes = Unsafe.SizeOf<FuseInHeader>();

    private readonly byte[] buffer = new byte[BufferInBytes];
    private int start;
    private int end;

    /// <summary>Waits for the next request.</summary>
    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="ShareException">A request has an invalid length, or the stream ends within a request.</exception>
    /// <exception cref="IOException">The stream failed.</exception>
    public bool TryRead(out RequestMessage message)
    {
        message = default;
        if (!TryFill(HeaderInBytes))
        {
            return false;
        }

        var header = MemoryMarshal.Read<FuseInHeader>(buffer.AsSpan(start));
        if (header.Length < HeaderInBytes || header.Length > ShareOptions.MaxMessageInBytes)
        {
            throw new ShareException(
                ShareError.PeerUnsuitable, $"cannot read a FUSE request of a guest's kernel: invalid length of {header.Length} bytes");
        }

        message = new RequestMessage(header.Unique, ArrayPool<byte>.Shared.Rent((int)header.Length), (int)header.Length);
        try
        {
            Fill(message.Memory.AsSpan(0, message.Length));
            return true;
        }
        catch
        {
            message.Return();
            throw;
        }
    }

    /// <summary>Reads until the buffer has this many bytes.</summary>
    private bool TryFill(int count)
    {
        while (end - start < count)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
            int read = transport.Read(buffer, end, buffer.Length - end);
            if (read == 0)
            {
                return end == 0 ? false : throw CutShort();
            }

            end += read;
        }

        return true;
    }

    /// <summary>Copies the buffered bytes of a request; the rest of a long request is read directly into its memory.</summary>
    private void Fill(Span<byte> destination)
    {
        int buffered = Math.Min(destination.Length, end - start);
        buffer.AsSpan(start, buffered).CopyTo(destination);
        start += buffered;
        while (buffered < destination.Length)
        {
            int read = transport.Read(destination[buffered..]);
            buffered += read > 0 ? read : throw CutShort();
        }
    }

    private static ShareException CutShort() =>
        new(ShareError.PeerUnsuitable, "cannot read a FUSE request of a guest's kernel: the stream ended within it");
}
