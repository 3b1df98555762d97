using System.Buffers.Binary;

namespace Hearth.Guest.Protocol;

/// <summary>
/// Datagrams in a data stream: each has its length before it, 2 bytes in network byte order. A stream that ends within one has lost it.
/// </summary>
public static class DatagramFrame
{
    /// <summary>The longest datagram of UDP in IPv4, without its headers.</summary>
    public const int MaxDatagramBytes = 65507;

    private const int LengthBytes = sizeof(ushort);

    /// <summary>Composes a frame.</summary>
    /// <param name="datagram">At most <see cref="MaxDatagramBytes"/>.</param>
    public static byte[] Compose(ReadOnlySpan<byte> datagram)
    {
        byte[] frame = new byte[LengthBytes + datagram.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)datagram.Length);
        datagram.CopyTo(frame.AsSpan(LengthBytes));
        return frame;
    }

    /// <summary>Reads the next datagram.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="buffer">At least <see cref="MaxDatagramBytes"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Its length; -1 at the stream's end.</returns>
    /// <exception cref="GuestProtocolException">The length is more than a datagram can have, or the stream was reset.</exception>
    public static async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (await stream.ReadAtLeastAsync(buffer[..LengthBytes], LengthBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < LengthBytes)
        {
            return -1;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(buffer.Span);
        if (length > MaxDatagramBytes)
        {
            throw new GuestProtocolException(GuestProtocolError.BadMessage, $"a datagram of {length} bytes is longer than any of UDP");
        }

        return await stream.ReadAtLeastAsync(buffer[..length], length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < length ? -1 : length;
    }
}
