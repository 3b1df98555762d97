using System.Net;

namespace Hearth.Network;

/// <summary>What a guest is to get of a network.</summary>
/// <param name="Seed">Chooses the address to try first; the same guest tends to get the same one.</param>
public sealed record AttachRequest(uint Seed)
{
    /// <summary>The address that the guest must get; null for any free one.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The hardware address, 6 bytes; null for the one that follows from the IPv4 address.</summary>
    public IReadOnlyList<byte>? HardwareAddress { get; init; }

    /// <summary>The ports of the host that lead to the guest.</summary>
    public IReadOnlyList<PublishedPort> Ports { get; init; } = [];

    /// <summary>Ports on which a process of the host listens for the guest; other guests may reach them.</summary>
    public IReadOnlyList<PublishedPort> RelayedPorts { get; init; } = [];

    /// <summary>The most that the guest may send, and the most that it may receive; null for no limit.</summary>
    public TrafficRate? Rate { get; init; }

    /// <summary>The guest's policy from the beginning; null for none. <see cref="BridgeNetwork.SetPolicy"/> replaces it.</summary>
    public EgressPolicy? Policy { get; init; }

    /// <summary>
    /// Who gets the address; null for nobody in particular. After a crash, a tap that has been noted but not created may belong to
    /// somebody else.
    /// </summary>
    public string? Holder { get; init; }
}
