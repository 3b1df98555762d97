namespace Hearth.Guest.Protocol.Frames;

/// <summary>Reads frames from a transport whose reads may return any number of bytes. For one thread.</summary>
internal sealed class FrameReader(Stream transport)
{
    /// <summary>Room for several full data frames, so that one system call reads more than one of them on a busy stream.</summary>
    private const int BufferBytes = 128 << 10;

    private readonly byte[] buffer = new byte[BufferBytes];
    private int start;
    private int end;
    private long offset;

    /// <summary>Reads the next header.</summary>
    /// <returns>False if the transport ended between two frames.</returns>
    /// <exception cref="GuestProtocolException">The header is invalid, or the transport ended inside it.</exception>
    public bool TryReadHeader(out FrameHeader header)
    {
        while (end - start < FrameHeader.SizeInBytes)
        {
            if (Fill())
            {
                continue;
            }

            if (end == start)
            {
                header = default;
                return false;
            }

            throw EndedInsideAFrame();
        }

        header = FrameHeader.Read(buffer.AsSpan(start), offset);
        Advance(FrameHeader.SizeInBytes);
        return true;
    }

    /// <summary>Reads a payload of at most <see cref="FrameHeader.MaxDataBytes"/>. The span is valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadPayload(int length)
    {
        while (end - start < length)
        {
            if (!Fill())
            {
                throw EndedInsideAFrame();
            }
        }

        ReadOnlySpan<byte> payload = buffer.AsSpan(start, length);
        Advance(length);
        return payload;
    }

    /// <summary>Reads a payload of any length into the caller's memory.</summary>
    public void ReadPayload(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (end == start && !Fill())
            {
                throw EndedInsideAFrame();
            }

            int count = Math.Min(end - start, destination.Length);
            buffer.AsSpan(start, count).CopyTo(destination);
            destination = destination[count..];
            Advance(count);
        }
    }

    private void Advance(int count)
    {
        start += count;
        offset += count;
    }

    private bool Fill()
    {
        if (start == end)
        {
            start = end = 0;
        }
        else if (buffer.Length - end < FrameHeader.MaxDataBytes)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }

        int count = transport.Read(buffer, end, buffer.Length - end);
        end += count;
        return count > 0;
    }

    private GuestProtocolException EndedInsideAFrame() =>
        new(GuestProtocolError.TransportFailed, $"the transport ended inside a frame, at byte {offset + end - start}");
}
