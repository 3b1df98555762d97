using System.Text;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Names;

namespace Hearth.Guest.Init.Tests.Support;

/// <summary>
/// The host's side of a guest's names: <c>web.test</c> has an address of each family, <c>four.test</c> only an IPv4 address,
/// <c>many.test</c> 300 addresses, which do not fit into a datagram. Other names do not exist.
/// </summary>
internal static class TestNames
{
    internal const int ManyAddresses = 300;

    private const int HeaderBytes = 12;
    private const byte Address = 1;
    private const byte Ipv6Address = 28;

    /// <summary>Answers every query until the stream ends.</summary>
    internal static async Task ServeAsync(GuestDataStream stream)
    {
        try
        {
            byte[] header = new byte[NameFrame.SizeInBytes];
            while (true)
            {
                await stream.ReadExactlyAsync(header);
                var frame = NameFrame.ReadQuery(header);
                byte[] query = new byte[frame.Length];
                await stream.ReadExactlyAsync(query);
                byte[] answer = Answer(query, frame.Transport);
                byte[] bytes = [.. header, .. answer];
                new NameFrame(frame.Id, answer.Length, 0).Write(bytes);
                await stream.WriteAsync(bytes);
            }
        }
        catch (Exception failure) when (failure is GuestProtocolException or EndOfStreamException)
        {
            // The guest has ended.
        }
    }

    private static byte[] Answer(byte[] query, NameTransport transport)
    {
        int end = HeaderBytes;
        List<string> labels = [];
        for (; query[end] != 0; end += query[end] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(query, end + 1, query[end]));
        }

        end += 5;
        byte[][] records = [.. RecordsOf(string.Join('.', labels).ToUpperInvariant(), query[end - 3], out bool exists)];
        bool isCut = records.Length == ManyAddresses && transport == NameTransport.Datagram;
        records = isCut ? [] : records;
        return
        [
            query[0], query[1], (byte)(isCut ? 0x83 : 0x81), (byte)(exists ? 0x80 : 0x83), 0, 1, (byte)(records.Length >> 8), (byte)records.Length, 0, 0, 0, 0,
            .. query[HeaderBytes..end], .. records.SelectMany(record => record),
        ];
    }

    private static IEnumerable<byte[]> RecordsOf(string name, byte type, out bool exists)
    {
        byte[][] addresses = name switch
        {
            "WEB.TEST" => [[192, 0, 2, 7], [0xfd, .. new byte[14], 7]],
            "FOUR.TEST" => [[192, 0, 2, 8]],
            "MANY.TEST" => [.. Enumerable.Range(0, ManyAddresses).Select(i => (byte[])[198, 51, (byte)(i >> 8), (byte)i])],
            _ => [],
        };
        exists = addresses.Length > 0;
        return addresses.Where(address => type == (address.Length == 4 ? Address : Ipv6Address)).Select(address =>
            (byte[])[0xc0, HeaderBytes, 0, type, 0, 1, 0, 0, 0, 60, 0, (byte)address.Length, .. address]);
    }
}
