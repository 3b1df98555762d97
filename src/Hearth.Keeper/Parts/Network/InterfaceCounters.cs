using Hearth.Containers.Reports;
using Hearth.Linux.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>Counters of an interface as users read them.</summary>
internal static class InterfaceCounters
{
    /// <param name="network">The network's name.</param>
    /// <param name="counters">As the container counts.</param>
    /// <param name="limited">What rules have dropped beside that: of what was sent, and of what was received.</param>
    public static InterfaceReport Describe(string network, LinkCounters counters, (long Sent, long Received) limited = default) => new(network)
    {
        ReceivedBytes = (long)counters.ReceivedBytes,
        ReceivedPackets = (long)counters.ReceivedPackets,
        ReceivedDropped = (long)counters.ReceivedDrops + limited.Received,
        SentBytes = (long)counters.SentBytes,
        SentPackets = (long)counters.SentPackets,
        SentDropped = (long)counters.SentDrops + limited.Sent,
    };
}
