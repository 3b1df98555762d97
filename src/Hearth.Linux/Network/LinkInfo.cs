namespace Hearth.Linux.Network;

/// <summary>An interface of a network namespace.</summary>
/// <param name="Index">Its number in the namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its hardware address; empty if it has none.</param>
/// <param name="MaximumTransmissionUnit">The largest packet in bytes, without the Ethernet header.</param>
/// <param name="IsUp">Whether it is switched on.</param>
/// <param name="Master">The bridge to which it belongs; 0 for none.</param>
/// <param name="Kind">Its driver's kind, such as <c>bridge</c> or <c>tun</c>; null for hardware.</param>
public sealed record LinkInfo(int Index, string Name, IReadOnlyList<byte> Address, int MaximumTransmissionUnit, bool IsUp, int Master, string? Kind)
{
    /// <summary>Whether it carries Ethernet frames, and so has a hardware address of 6 bytes; also false for loopback.</summary>
    public bool IsEthernet { get; init; }

    /// <summary>Whether the other end can send: a cable's is on, and a tap's is open.</summary>
    public bool IsConnected { get; init; }

    /// <summary>A text that people or programs have given it; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>What has passed; null if the kernel did not say.</summary>
    public LinkCounters? Counters { get; init; }
}
