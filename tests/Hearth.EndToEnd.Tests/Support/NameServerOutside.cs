using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>
/// A name server on an address of this thread's network namespace, without another a loopback one, UDP and TCP on port 53. The first word of a name says how
/// it answers; every message is written here byte by byte.
/// </summary>
internal sealed class NameServerOutside : IDisposable
{
    public const string Address = "127.0.0.53";

    /// <summary>How many addresses the largest answer has: 64 KiB hold them, and the header and the question.</summary>
    public const int HugeCount = 4000;

    public const int LargeCount = 100;

    private const int Ipv4 = 1;
    private const int Alias = 5;
    private const int Ipv6 = 28;
    private const int HeaderBytes = 12;

    private readonly Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public NameServerOutside(string address = Address)
    {
        datagrams.Bind(new IPEndPoint(IPAddress.Parse(address), 53));
        listener.Bind(new IPEndPoint(IPAddress.Parse(address), 53));
        listener.Listen();
        _ = ServeDatagramsAsync();
        _ = ServeStreamsAsync();
    }

    public void Dispose()
    {
        datagrams.Dispose();
        listener.Dispose();
    }

    private async Task ServeDatagramsAsync()
    {
        byte[] buffer = new byte[ushort.MaxValue];
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await datagrams.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                foreach (byte[] answer in AnswersTo(buffer[..received.ReceivedBytes], isDatagram: true))
                {
                    await datagrams.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint);
                }
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task ServeStreamsAsync()
    {
        try
        {
            while (true)
            {
                using NetworkStream stream = new(await listener.AcceptAsync(), ownsSocket: true);
                byte[] length = new byte[2];
                await stream.ReadExactlyAsync(length);
                byte[] query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query);
                byte[] answer = AnswersTo(query, isDatagram: false).Last();
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync((byte[])[.. length, .. answer]);
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private static IEnumerable<byte[]> AnswersTo(byte[] query, bool isDatagram)
    {
        string word = Encoding.ASCII.GetString(query, HeaderBytes + 1, query[HeaderBytes]);
        int end = Array.IndexOf(query, (byte)0, HeaderBytes) + 5;
        int type = query[end - 3];
        byte[] answer = (word, type) switch
        {
            ("gone", _) => Compose(query, end, code: 3),
            ("broken", _) => Compose(query, end, code: 2),
            ("plain" or "liar" or "intranet", Ipv4) or ("four", Ipv4) => Compose(query, end, 0, Record(Ipv4, [192, 0, 2, 9])),
            ("plain", Ipv6) or ("six", Ipv6) => Compose(query, end, 0, Record(Ipv6, IPAddress.Parse("2001:db8::9").GetAddressBytes())),
            ("chain", Ipv4) => Compose(query, end, 0, Record(Alias, [4, (byte)'f', (byte)'o', (byte)'u', (byte)'r', 0xc0, (byte)(HeaderBytes + 6)]), [.. (byte[])[0xc0, (byte)(end + 12)], .. Record(Ipv4, [192, 0, 2, 9])[2..]]),
            ("metadata", Ipv4) => Compose(query, end, 0, Record(Ipv4, [169, 254, 169, 254])),
            ("rebound", Ipv4) => Compose(query, end, 0, Record(Ipv4, [10, 0, 0, 1])),
            ("large", Ipv4) => Compose(query, end, 0, [.. Enumerable.Range(0, LargeCount).Select(NumberedRecord)]),
            ("huge", Ipv4) => Compose(query, end, 0, [.. Enumerable.Range(0, HugeCount).Select(NumberedRecord)]),
            (_, Ipv4) when word[0] == 't' && ushort.TryParse(word.AsSpan(1), out ushort number) => Compose(query, end, 0, Record(Ipv4, AddressOfTrial(number))),
            _ => Compose(query, end, 0),
        };
        if (word == "liar")
        {
            byte[] lie = Compose(query, end, 0, Record(Ipv4, [203, 0, 113, 1]));
            yield return [(byte)(lie[0] ^ 1), .. lie[1..]];
            yield return [.. lie[..(HeaderBytes + 1)], (byte)'x', .. lie[(HeaderBytes + 2)..]];
        }

        yield return isDatagram && answer.Length > 1232 ? [.. answer[..2], (byte)(answer[2] | 2), .. answer[3..6], 0, 0, .. answer[8..end]] : answer;
    }

    /// <summary>An address of its own for each number, in 11.0.0.0/16, which is a public one.</summary>
    private static byte[] AddressOfTrial(ushort number) => [11, 0, (byte)(number >> 8), (byte)number];

    private static byte[] NumberedRecord(int number) => Record(Ipv4, [198, 18, (byte)(number >> 8), (byte)number]);

    /// <summary>A record of the question's name, which is kept for a minute.</summary>
    private static byte[] Record(int type, byte[] data) => [0xc0, HeaderBytes, 0, (byte)type, 0, 1, 0, 0, 0, 60, 0, (byte)data.Length, .. data];

    private static byte[] Compose(byte[] query, int questionEnd, byte code, params byte[][] records) =>
        [query[0], query[1], 0x81, (byte)(0x80 | code), 0, 1, (byte)(records.Length >> 8), (byte)records.Length, 0, 0, 0, 0, .. query[HeaderBytes..questionEnd], .. records.SelectMany(record => record)];
}
