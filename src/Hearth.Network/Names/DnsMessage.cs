using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Hearth.Network.Names;

/// <summary>
/// A DNS message as it was received (RFC 1035, 4.1). It has exactly one question. Whatever the bytes are, reading them does not
/// throw.
/// </summary>
/// <remarks>
/// <code>
/// offset  bytes
///      0      2  id
///      2      1  QR 0x80, OPCODE 0x78, AA 0x04, TC 0x02, RD 0x01
///      3      1  RA 0x80, AD 0x20, CD 0x10, RCODE 0x0f
///      4      8  the numbers of questions, answers, authorities and additional records
///     12         the question: a name, a type, a class
///                records: a name, a type, a class, a time to live (4), a length, data
/// </code>
/// The numbers are big-endian.
/// </remarks>
internal sealed class DnsMessage
{
    public const int HeaderBytes = 12;
    public const int MaxBytes = ushort.MaxValue;
    public const ushort InternetClass = 1;

    /// <summary>What every client takes by UDP; RFC 1035, 2.3.4.</summary>
    public const int MinDatagramLimit = 512;

    public const byte AnswerFlag = 0x80;
    public const byte OperationMask = 0x78;
    public const byte TruncatedFlag = 0x02;
    public const byte RecursionDesiredFlag = 0x01;
    public const byte RecursionAvailableFlag = 0x80;
    public const byte AuthenticFlag = 0x20;
    public const byte CheckingDisabledFlag = 0x10;
    public const byte ResponseCodeMask = 0x0f;

    private const int QuestionTailBytes = 4;
    private const int RecordHeadBytes = 10;

    private DnsMessage(ReadOnlyMemory<byte> bytes, DnsName name, int questionEnd)
    {
        Bytes = bytes;
        Name = name;
        QuestionEnd = questionEnd;
        Type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(bytes.Span[(questionEnd - QuestionTailBytes)..]);
        Class = BinaryPrimitives.ReadUInt16BigEndian(bytes.Span[(questionEnd - sizeof(ushort))..]);
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Bytes.Span);

    public byte Flags => Bytes.Span[2];

    public byte MoreFlags => Bytes.Span[3];

    public bool IsAnswer => (Flags & AnswerFlag) != 0;

    /// <summary>OPCODE is 0: an ordinary query.</summary>
    public bool IsQueryOperation => (Flags & OperationMask) == 0;

    public DnsResponseCode ResponseCode => (DnsResponseCode)(MoreFlags & ResponseCodeMask);

    /// <summary>The name of the question.</summary>
    public DnsName Name { get; }

    /// <summary>The type of the question.</summary>
    public DnsType Type { get; }

    /// <summary>The class of the question.</summary>
    public ushort Class { get; }

    /// <summary>The question as it was written, with the letters' case, which some clients check.</summary>
    public ReadOnlySpan<byte> Question => Bytes.Span[HeaderBytes..QuestionEnd];

    public int QuestionEnd { get; }

    /// <summary>The answers' records.</summary>
    public IReadOnlyList<DnsRecord> Answers { get; private init; } = [];

    /// <summary>The record of EDNS; null if there is none.</summary>
    public DnsRecord? Options { get; private init; }

    /// <summary>The maximum length of an answer by UDP.</summary>
    public int DatagramLimit => Math.Max(Options?.Class ?? 0, (ushort)MinDatagramLimit);

    /// <returns>False if it is no message with one question, or a record exceeds it.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out DnsMessage? message)
    {
        message = null;
        ReadOnlySpan<byte> span = bytes.Span;
        if (span.Length is < HeaderBytes or > MaxBytes || BinaryPrimitives.ReadUInt16BigEndian(span[4..]) != 1)
        {
            return false;
        }

        int offset = HeaderBytes;
        if (!DnsName.TryRead(span, ref offset, out DnsName? name) || offset + QuestionTailBytes > span.Length)
        {
            return false;
        }

        offset += QuestionTailBytes;
        int questionEnd = offset;
        int answerCount = BinaryPrimitives.ReadUInt16BigEndian(span[6..]);
        int otherCount = BinaryPrimitives.ReadUInt16BigEndian(span[8..]) + BinaryPrimitives.ReadUInt16BigEndian(span[10..]);
        if (!TryReadRecords(span, ref offset, answerCount, out List<DnsRecord> answers)
            || !TryReadRecords(span, ref offset, otherCount, out List<DnsRecord> others))
        {
            return false;
        }

        message = new DnsMessage(bytes, name, questionEnd)
        {
            Answers = answers,
            Options = others.Find(record => record.Type == DnsType.Options),
        };
        return true;
    }

    /// <summary>Whether this is an answer to a query: its id, its question, and the flag.</summary>
    public bool IsAnswerTo(DnsMessage query) =>
        IsAnswer && Id == query.Id && Type == query.Type && Class == query.Class && Name == query.Name;

    /// <summary>Whether bytes are an answer that was cut. Servers may cut in the middle of a record, so the records are not read.</summary>
    public static bool IsCutAnswerTo(DnsMessage query, ReadOnlySpan<byte> bytes)
    {
        const byte CutAnswer = AnswerFlag | TruncatedFlag;
        int offset = HeaderBytes;
        return bytes.Length >= HeaderBytes + QuestionTailBytes
            && bytes[..2].SequenceEqual(query.Bytes.Span[..2])
            && (bytes[2] & CutAnswer) == CutAnswer
            && DnsName.TryRead(bytes, ref offset, out DnsName? name)
            && name == query.Name
            && bytes[offset..].StartsWith(query.Bytes.Span[(query.QuestionEnd - QuestionTailBytes)..query.QuestionEnd]);
    }

    /// <summary>Reads the failure of a server that does not repeat the question, as some do that do not understand or answer it.</summary>
    /// <returns>Null if the bytes are something else.</returns>
    public static DnsResponseCode? FailureWithoutQuestion(DnsMessage query, ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderBytes
        && bytes[..2].SequenceEqual(query.Bytes.Span[..2])
        && (bytes[2] & AnswerFlag) != 0
        && bytes[4..HeaderBytes].IndexOfAnyExcept((byte)0) < 0
        && (DnsResponseCode)(bytes[3] & ResponseCodeMask) is var code and not (DnsResponseCode.NoError or DnsResponseCode.NameError)
            ? code
            : null;

    /// <summary>The data of a record.</summary>
    public ReadOnlySpan<byte> DataOf(DnsRecord record) => Bytes.Span.Slice(record.DataOffset, record.DataLength);

    /// <summary>The address of an A or AAAA record; null if it is none.</summary>
    public IPAddress? AddressOf(DnsRecord record) => (record.Type, record.DataLength) is (DnsType.Address, 4) or (DnsType.Ipv6Address, 16)
        ? new IPAddress(DataOf(record))
        : null;

    /// <summary>The name that a CNAME or PTR record has as its data; null if it has none.</summary>
    public DnsName? TargetOf(DnsRecord record)
    {
        int offset = record.DataOffset;
        return record.Type is DnsType.CanonicalName or DnsType.Pointer
            && DnsName.TryRead(Bytes.Span[..(record.DataOffset + record.DataLength)], ref offset, out DnsName? target)
            && offset == record.DataOffset + record.DataLength
                ? target
                : null;
    }

    private static bool TryReadRecords(ReadOnlySpan<byte> message, ref int offset, int count, out List<DnsRecord> records)
    {
        records = [];
        for (int i = 0; i < count; i++)
        {
            if (!DnsName.TryRead(message, ref offset, out DnsName? name) || offset + RecordHeadBytes > message.Length)
            {
                return false;
            }

            ReadOnlySpan<byte> head = message[offset..];
            int length = BinaryPrimitives.ReadUInt16BigEndian(head[8..]);
            offset += RecordHeadBytes;
            if (offset + length > message.Length)
            {
                return false;
            }

            records.Add(new DnsRecord(
                name,
                (DnsType)BinaryPrimitives.ReadUInt16BigEndian(head),
                BinaryPrimitives.ReadUInt16BigEndian(head[2..]),
                BinaryPrimitives.ReadUInt32BigEndian(head[4..]),
                offset,
                length));
            offset += length;
        }

        return true;
    }
}
