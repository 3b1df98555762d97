using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>Takes a byte stream apart into requests, by the length that begins each. One thread's.</summary>
internal sealed class RequestReader(Stream transport)
{
    private const int BufferInBytes = 64 << 10;

    private static readonly int HeaderInBytes = Unsafe.SizeOf<FuseInHeader>();

    private readonly byte[] buffer = new byte[BufferInBytes];
    private int start;
    private int end;

    /// <summary>Waits for the next request.</summary>
    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="ShareException">A length that no request has, or the stream ends within one.</exception>
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
            throw new ShareException(ShareError.PeerUnsuitable, $"a guest's kernel sent a FUSE request of {header.Length} bytes, which none has");
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

    /// <summary>Has so many bytes in the buffer.</summary>
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

    /// <summary>Moves on what the buffer has; the rest of a long request is read straight to its place.</summary>
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

    private static ShareException CutShort() => new(ShareError.PeerUnsuitable, "a guest's FUSE requests ended within one");
}
