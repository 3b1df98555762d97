using System.Buffers.Binary;
using System.Net;
using Hearth.Network.Names;

namespace Hearth.Network.Tests.Names;

/// <summary>Queries and answers, written without the code under test where that matters.</summary>
internal static class Messages
{
    /// <summary>A query as a client of the C library writes it.</summary>
    /// <param name="name">The name, with its letters' case.</param>
    /// <param name="type">The type.</param>
    /// <param name="datagramLimit">The limit of EDNS; 0 for a query without EDNS.</param>
    public static byte[] Query(string name, DnsType type, ushort datagramLimit = 0)
    {
        List<byte> bytes = [0x12, 0x34, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, (byte)(datagramLimit > 0 ? 1 : 0)];
        foreach (string label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            bytes.Add((byte)label.Length);
            bytes.AddRange(label.Select(letter => (byte)letter));
        }

        bytes.AddRange([0, (byte)((int)type >> 8), (byte)type, 0, 1]);
        if (datagramLimit > 0)
        {
            bytes.AddRange([0, 0, 41, (byte)(datagramLimit >> 8), (byte)datagramLimit, 0, 0, 0, 0, 0, 0]);
        }

        return [.. bytes];
    }

    public static DnsMessage Parse(ReadOnlyMemory<byte> bytes)
    {
        Assert.True(DnsMessage.TryParse(bytes, out DnsMessage? message), Convert.ToHexString(bytes.Span));
        return message;
    }

    public static DnsName Name(string text) => DnsName.TryParse(text)!;

    /// <summary>An answer with addresses of the question's name.</summary>
    public static byte[] Answer(byte[] query, params string[] addresses)
    {
        DnsMessage asked = Parse(query);
        DnsAnswer answer = DnsAnswer.To(asked, DnsResponseCode.NoError);
        foreach (string address in addresses)
        {
            answer.Add(asked.Name, IPAddress.Parse(address), 300);
        }

        return answer.Finish();
    }

    public static byte[] Failure(byte[] query, DnsResponseCode code) => DnsAnswer.To(Parse(query), code).Finish();

    /// <summary>The header and question with the bit that says that the answer was cut.</summary>
    public static byte[] Cut(byte[] query) => DnsAnswer.Truncate(Parse(query), Failure(query, DnsResponseCode.NoError));

    /// <summary>An answer of the largest size that a message can have: a TXT record after another.</summary>
    public static byte[] Huge(byte[] query)
    {
        const int RecordBytes = 12 + 200;
        List<byte> bytes = [.. Failure(Parse(query).Options is null ? query : throw new ArgumentException("no EDNS here"), DnsResponseCode.NoError)];
        ushort count = 0;
        while (bytes.Count + RecordBytes <= ushort.MaxValue)
        {
            bytes.AddRange([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 200, 199, .. new byte[199]]);
            count++;
        }

        int rest = ushort.MaxValue - bytes.Count - 12;
        bytes.AddRange([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, (byte)(rest >> 8), (byte)rest, .. new byte[rest]]);
        byte[] huge = [.. bytes];
        BinaryPrimitives.WriteUInt16BigEndian(huge.AsSpan(6), (ushort)(count + 1));
        return huge;
    }

    /// <summary>The addresses in an answer, as text.</summary>
    public static string[] AddressesOf(ReadOnlyMemory<byte> bytes)
    {
        DnsMessage answer = Parse(bytes);
        return [.. answer.Answers.Select(answer.AddressOf).OfType<IPAddress>().Select(address => $"{address}")];
    }
}
