using System.Buffers.Binary;

namespace Hearth.Guest.Protocol.Names;

/// <summary>
/// The header before each DNS message on a guest's stream of names (<see cref="Messages.ConfigureGuest.NameStream"/>). The guest
/// sends queries, and the host answers each one exactly once, in any order. The messages are those of RFC 1035, without TCP's
/// length.
/// </summary>
/// <remarks>
/// <code>
/// offset  bytes
///      0      4  the guest's number for the query; the answer returns it
///      4      2  the length of the message that follows; in an answer, 0 for none
///      6      1  a query's NameTransport; 0 in an answer
///      7      1  0
/// </code>
/// The numbers are little-endian.
/// </remarks>
/// <param name="Id">The guest's number for the query.</param>
/// <param name="Length">The length of the message in bytes.</param>
/// <param name="Transport">How the query came; 0 in an answer.</param>
public readonly record struct NameFrame(uint Id, int Length, NameTransport Transport)
{
    public const int SizeInBytes = 8;

    /// <summary>The length of DNS's own header: no message is shorter.</summary>
    public const int MinMessageBytes = 12;

    /// <summary>
    /// The maximum length of a query. A name has at most 255 bytes, so a question with its options has a few hundred; what is longer
    /// is an update or an attempt to fill memory.
    /// </summary>
    public const int MaxQueryBytes = 4096;

    /// <summary>The maximum length of an answer, which TCP's length allows.</summary>
    public const int MaxAnswerBytes = ushort.MaxValue;

    /// <summary>The number of queries that the guest may have sent without an answer. It bounds the memory of both sides.</summary>
    public const int MaxOutstanding = 256;

    /// <summary>Reads a query's header.</summary>
    /// <param name="source">At least <see cref="SizeInBytes"/> bytes.</param>
    /// <exception cref="GuestProtocolException">No query has such a header.</exception>
    public static NameFrame ReadQuery(ReadOnlySpan<byte> source)
    {
        NameFrame frame = Read(source);
        bool isQuery = frame.Transport is NameTransport.Datagram or NameTransport.Stream && frame.Length is >= MinMessageBytes and <= MaxQueryBytes;
        return isQuery && source[7] == 0
            ? frame
            : throw new GuestProtocolException(
                GuestProtocolError.BadFrame, $"the guest sent an invalid name query: transport {(byte)frame.Transport}, length {frame.Length}");
    }

    /// <summary>Reads an answer's header.</summary>
    /// <param name="source">At least <see cref="SizeInBytes"/> bytes.</param>
    /// <exception cref="GuestProtocolException">No answer has such a header.</exception>
    public static NameFrame ReadAnswer(ReadOnlySpan<byte> source)
    {
        NameFrame frame = Read(source);
        return frame.Transport == 0 && source[7] == 0 && frame.Length is (0 or >= MinMessageBytes)
            ? frame
            : throw new GuestProtocolException(GuestProtocolError.BadFrame, $"the host sent an invalid name answer of {frame.Length} bytes");
    }

    /// <summary>Writes the header in the form that <see cref="ReadQuery"/> and <see cref="ReadAnswer"/> read.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Id);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], checked((ushort)Length));
        destination[6] = (byte)Transport;
        destination[7] = 0;
    }

    private static NameFrame Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(source),
        BinaryPrimitives.ReadUInt16LittleEndian(source[4..]),
        (NameTransport)source[6]);
}
