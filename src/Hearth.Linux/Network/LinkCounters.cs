using System.Buffers.Binary;

namespace Hearth.Linux.Network;

/// <summary>What has passed an interface since it exists: the beginning of struct rtnl_link_stats64.</summary>
/// <param name="ReceivedPackets">Packets that came in.</param>
/// <param name="SentPackets">Packets that went out.</param>
/// <param name="ReceivedBytes">Bytes that came in.</param>
/// <param name="SentBytes">Bytes that went out.</param>
/// <param name="ReceivedErrors">Packets that came in damaged.</param>
/// <param name="SentErrors">Packets that failed to go out.</param>
/// <param name="ReceivedDrops">Packets that came in and were dropped.</param>
/// <param name="SentDrops">Packets that were to go out and were dropped.</param>
public sealed record LinkCounters(
    ulong ReceivedPackets, ulong SentPackets, ulong ReceivedBytes, ulong SentBytes, ulong ReceivedErrors, ulong SentErrors, ulong ReceivedDrops, ulong SentDrops)
{
    private const int Fields = 8;

    /// <returns>Null for a payload that is too short.</returns>
    internal static LinkCounters? TryRead(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < Fields * sizeof(ulong))
        {
            return null;
        }

        Span<ulong> fields = stackalloc ulong[Fields];
        for (int index = 0; index < Fields; index++)
        {
            fields[index] = BinaryPrimitives.ReadUInt64LittleEndian(payload[(index * sizeof(ulong))..]);
        }

        return new LinkCounters(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6], fields[7]);
    }
}
