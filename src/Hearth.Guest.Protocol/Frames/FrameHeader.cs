using System.Buffers.Binary;

namespace Hearth.Guest.Protocol.Frames;

/// <summary>
/// The header of every frame. All numbers are little-endian.
/// <code>
/// offset  size  field
///      0     1  type        FrameType
///      1     3  zero        anything else means that the two sides are out of step
///      4     4  stream      0 for the control stream, otherwise a data stream's number
///      8     4  length      of the payload that follows, in bytes
///
/// type     stream  payload
/// Message  0       one control message, JSON, 1 to MaxMessageBytes
/// Open     1..     1 byte, StreamDirection; host to guest only, each number above the one before
/// Data     1..     1 to MaxDataBytes bytes of the stream
/// End      1..     none: the sender writes no more
/// Credit   any     4 bytes, unsigned, not 0: that many more bytes may be sent
/// Reset    1..     UTF-8 text, 0 to MaxResetReasonBytes: both directions are aborted
/// </code>
/// A data stream starts with <see cref="GuestProtocol.StreamWindowBytes"/> of credit in each direction; its Data payloads
/// use the credit. The control stream starts with <see cref="ControlWindowBytes"/>; its frames, with their headers, use it.
/// </summary>
internal readonly record struct FrameHeader(FrameType Type, uint StreamId, int Length)
{
    public const int SizeInBytes = 1 + 3 + 4 + 4;

    /// <summary>
    /// A virtio-serial port takes at most 32 KiB a write, so a full frame is one such write. The size also bounds how long a
    /// control message waits behind bulk data.
    /// </summary>
    public const int MaxDataBytes = (32 << 10) - SizeInBytes;

    /// <summary>Enough for a sentence. The limit bounds how much memory a peer can make this side use.</summary>
    public const int MaxResetReasonBytes = 512;

    public const int OpenPayloadBytes = 1;

    public const int CreditPayloadBytes = 4;

    /// <summary>The reader returns credit of the control stream in portions of this size.</summary>
    public const int ControlCreditPortionBytes = 64 << 10;

    /// <summary>The control stream's initial credit: room for the longest message even when one portion is not yet returned.</summary>
    public const int ControlWindowBytes = SizeInBytes + GuestProtocol.MaxMessageBytes + ControlCreditPortionBytes;

    /// <summary>Reads and validates a header.</summary>
    /// <param name="source">At least <see cref="SizeInBytes"/> bytes.</param>
    /// <param name="offset">The header's position in the received bytes, for the message.</param>
    /// <exception cref="GuestProtocolException">The type is unknown, or does not allow the stream number or the length.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> source, long offset)
    {
        var type = (FrameType)source[0];
        int zero = source[1] | source[2] | source[3];
        uint streamId = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);

        (uint least, uint most) = LengthsOf(type);
        bool streamFits = type == FrameType.Credit || (type == FrameType.Message) == (streamId == 0);
        if (zero != 0 || most < least || length < least || length > most || !streamFits)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadFrame,
                $"the peer sent an invalid frame at byte {offset}: type {(byte)type}, stream {streamId}, length {length}");
        }

        return new FrameHeader(type, streamId, (int)length);
    }

    /// <summary>Writes the header in the form that <see cref="Read"/> reads.</summary>
    public void Write(Span<byte> destination)
    {
        destination[0] = (byte)Type;
        destination[1..4].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], StreamId);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], (uint)Length);
    }

    /// <summary>The smallest and the largest payload; for an unknown type, the smallest is above the largest.</summary>
    private static (uint Least, uint Most) LengthsOf(FrameType type) => type switch
    {
        FrameType.Message => (1, GuestProtocol.MaxMessageBytes),
        FrameType.Open => (OpenPayloadBytes, OpenPayloadBytes),
        FrameType.Data => (1, MaxDataBytes),
        FrameType.End => (0, 0),
        FrameType.Credit => (CreditPayloadBytes, CreditPayloadBytes),
        FrameType.Reset => (0, MaxResetReasonBytes),
        _ => (1, 0),
    };
}
