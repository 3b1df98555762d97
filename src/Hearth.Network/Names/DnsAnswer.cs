using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Hearth.Network.Names;

/// <summary>
/// Writes a message in the order of <see cref="DnsMessage"/>: a header, the query's question, answers, and an OPT record if the
/// query has one.
/// </summary>
internal sealed class DnsAnswer
{
    /// <summary>What this server takes by UDP, which no network on the way fragments.</summary>
    private const ushort OwnDatagramLimit = 1232;

    private const ushort DnssecFlag = 0x8000;

    /// <summary>A record of EDNS without options.</summary>
    private const int OptionsBytes = 11;

    private const int AdditionalCountOffset = 10;
    private const ushort ExtendedErrorOption = 15;

    private readonly DnsMessage query;
    private readonly List<byte> bytes;
    private readonly Dictionary<DnsName, int> places = [];
    private ushort answerCount;

    private DnsAnswer(DnsMessage query, byte flags, byte moreFlags)
    {
        this.query = query;
        bytes = [.. query.Bytes.Span[..2], flags, moreFlags, 0, 1, 0, 0, 0, 0, 0, 0, .. query.Question];
        places[query.Name] = DnsMessage.HeaderBytes;
    }

    /// <summary>Starts an answer to a query.</summary>
    public static DnsAnswer To(DnsMessage query, DnsResponseCode code, bool isAuthoritative = false)
    {
        int kept = query.Flags & (DnsMessage.OperationMask | DnsMessage.RecursionDesiredFlag);
        int flags = kept | DnsMessage.AnswerFlag | (isAuthoritative ? 0x04 : 0);
        int more = (query.MoreFlags & DnsMessage.CheckingDisabledFlag) | DnsMessage.RecursionAvailableFlag | (int)code;
        return new DnsAnswer(query, (byte)flags, (byte)more);
    }

    /// <summary>An answer to bytes that have a header and nothing else that is understood.</summary>
    public static byte[] FormatErrorTo(ReadOnlySpan<byte> query)
    {
        byte[] answer = new byte[DnsMessage.HeaderBytes];
        query[..2].CopyTo(answer);
        answer[2] = (byte)(DnsMessage.AnswerFlag | (query[2] & (DnsMessage.OperationMask | DnsMessage.RecursionDesiredFlag)));
        answer[3] = DnsMessage.RecursionAvailableFlag | (byte)DnsResponseCode.FormatError;
        return answer;
    }

    /// <summary>Composes the same question for another server, with no more of the client's message than that needs.</summary>
    /// <param name="query">The client's query.</param>
    /// <param name="id">The new query's id.</param>
    /// <param name="isPlain">True to leave the record of EDNS out, for servers that do not know it (RFC 6891, 6.2.2).</param>
    public static byte[] ComposeQuery(DnsMessage query, ushort id, bool isPlain = false)
    {
        int more = query.MoreFlags & (DnsMessage.AuthenticFlag | DnsMessage.CheckingDisabledFlag);
        DnsAnswer copy = new(query, DnsMessage.RecursionDesiredFlag, (byte)more);
        byte[] composed = copy.Finish();
        BinaryPrimitives.WriteUInt16BigEndian(composed, id);
        if (isPlain && query.Options is not null)
        {
            composed = composed[..^OptionsBytes];
            BinaryPrimitives.WriteUInt16BigEndian(composed.AsSpan(AdditionalCountOffset), 0);
        }

        return composed;
    }

    /// <summary>
    /// Cuts an answer that is too long: the client asks again by TCP. The addresses that fit stay, since musl before 1.2.4 has no TCP
    /// and uses them.
    /// </summary>
    /// <param name="query">The client's query.</param>
    /// <param name="answer">The whole answer.</param>
    public static byte[] Truncate(DnsMessage query, ReadOnlyMemory<byte> answer)
    {
        DnsAnswer cut = new(query, (byte)(answer.Span[2] | DnsMessage.TruncatedFlag), answer.Span[3]);
        int room = query.DatagramLimit - (query.Options is null ? 0 : OptionsBytes);
        if (DnsMessage.TryParse(answer, out DnsMessage? whole))
        {
            foreach (DnsRecord record in whole.Answers)
            {
                if (!cut.TryAdd(whole, record, room))
                {
                    break;
                }
            }
        }

        return cut.Finish();
    }

    public void Add(DnsName owner, IPAddress address, uint timeToLive)
    {
        byte[] data = address.GetAddressBytes();
        Add(owner, data.Length == 4 ? DnsType.Address : DnsType.Ipv6Address, timeToLive);
        AppendNumber((ushort)data.Length);
        bytes.AddRange(data);
    }

    /// <param name="owner">Whose record it is.</param>
    /// <param name="type">CNAME or PTR.</param>
    /// <param name="target">The data.</param>
    /// <param name="timeToLive">Seconds.</param>
    public void Add(DnsName owner, DnsType type, DnsName target, uint timeToLive)
    {
        Add(owner, type, timeToLive);
        int length = bytes.Count;
        AppendNumber(0);
        AppendName(target);
        WriteNumber(length, (ushort)(bytes.Count - length - sizeof(ushort)));
    }

    /// <param name="reason">An extended error (RFC 8914), which clients with EDNS may show.</param>
    /// <param name="reasonCode">Its number.</param>
    public byte[] Finish(string? reason = null, ushort reasonCode = 0)
    {
        WriteNumber(6, answerCount);
        if (query.Options is { } options)
        {
            WriteNumber(10, 1);
            bytes.Add(0);
            AppendNumber((ushort)DnsType.Options);
            AppendNumber(OwnDatagramLimit);
            AppendNumber(0);
            AppendNumber((ushort)(options.TimeToLive & DnssecFlag));
            byte[] text = reason is null ? [] : Encoding.UTF8.GetBytes(reason);
            AppendNumber((ushort)(reason is null ? 0 : text.Length + (3 * sizeof(ushort))));
            if (reason is not null)
            {
                AppendNumber(ExtendedErrorOption);
                AppendNumber((ushort)(text.Length + sizeof(ushort)));
                AppendNumber(reasonCode);
                bytes.AddRange(text);
            }
        }

        return [.. bytes];
    }

    /// <summary>Adds a record of another message if it is one of addresses or their names, and there is room.</summary>
    private bool TryAdd(DnsMessage source, DnsRecord record, int room)
    {
        (int length, ushort count) = (bytes.Count, answerCount);
        if (source.AddressOf(record) is { } address)
        {
            Add(record.Name, address, record.TimeToLive);
        }
        else if (record.Type == DnsType.CanonicalName && source.TargetOf(record) is { } target)
        {
            Add(record.Name, record.Type, target, record.TimeToLive);
        }

        if (bytes.Count > length && bytes.Count <= room)
        {
            return true;
        }

        bytes.RemoveRange(length, bytes.Count - length);
        answerCount = count;
        return false;
    }

    private void Add(DnsName owner, DnsType type, uint timeToLive)
    {
        AppendName(owner);
        AppendNumber((ushort)type);
        AppendNumber(DnsMessage.InternetClass);
        AppendNumber((ushort)(timeToLive >> 16));
        AppendNumber((ushort)timeToLive);
        answerCount++;
    }

    /// <summary>Appends a name, or a pointer to where it is already.</summary>
    private void AppendName(DnsName name)
    {
        const int Pointer = 0xc000;
        if (places.TryGetValue(name, out int place))
        {
            AppendNumber((ushort)(Pointer | place));
            return;
        }

        if (bytes.Count < 0x4000)
        {
            places[name] = bytes.Count;
        }

        bytes.AddRange(name.Bytes);
    }

    private void AppendNumber(ushort value)
    {
        bytes.Add((byte)(value >> 8));
        bytes.Add((byte)value);
    }

    private void WriteNumber(int offset, ushort value)
    {
        bytes[offset] = (byte)(value >> 8);
        bytes[offset + 1] = (byte)value;
    }
}
