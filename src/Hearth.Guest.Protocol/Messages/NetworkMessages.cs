namespace Hearth.Guest.Protocol.Messages;

/// <summary>The guest's part of its networks. Addresses are in network byte order: 4 bytes for IPv4, 16 for IPv6.</summary>
/// <param name="Interfaces">The interfaces. The guest names them eth0, eth1 and so on, in this order.</param>
/// <param name="ResolverConfiguration">The whole content of /etc/resolv.conf; empty to keep the image's.</param>
/// <param name="Hosts">Further lines of /etc/hosts, in order.</param>
public sealed record GuestNetwork(IReadOnlyList<GuestInterface> Interfaces, string ResolverConfiguration, IReadOnlyList<GuestHostEntry> Hosts);

/// <summary>One interface of the guest.</summary>
/// <param name="HardwareAddress">The 6 bytes by which the guest finds it.</param>
/// <param name="MaximumTransmissionUnit">In bytes, without the Ethernet header; 0 to keep the driver's.</param>
/// <param name="Addresses">Its own addresses.</param>
/// <param name="Routes">The routes that lead through it.</param>
public sealed record GuestInterface(
    byte[] HardwareAddress, int MaximumTransmissionUnit, IReadOnlyList<GuestAddress> Addresses, IReadOnlyList<GuestRoute> Routes)
{
    /// <summary>The 6 bytes that it gets instead of <see cref="HardwareAddress"/>; empty to keep that.</summary>
    public byte[] NewHardwareAddress { get; init; } = [];

    /// <summary>Whether <see cref="Routes"/> are all that it gets; else each address adds one to its network.</summary>
    public bool HasAllRoutes { get; init; }

    /// <summary>Neighbours that are not asked for.</summary>
    public IReadOnlyList<GuestNeighbour> Neighbours { get; init; } = [];
}

/// <summary>An address of an interface, and the length of its network's prefix in bits.</summary>
public sealed record GuestAddress(byte[] Address, int PrefixLength);

/// <summary>A route.</summary>
/// <param name="Destination">The network; all zeros with length 0 is the default route.</param>
/// <param name="PrefixLength">The length of the network's prefix in bits.</param>
/// <param name="Gateway">The router, of the same family; empty for a network that is directly connected.</param>
public sealed record GuestRoute(byte[] Destination, int PrefixLength, byte[] Gateway)
{
    /// <summary>The address of packets that go this way and have none yet; empty if the guest's kernel chooses it.</summary>
    public byte[] Source { get; init; } = [];

    /// <summary>Of several routes to a network, the one with the lowest is used; 0 for the kernel's default.</summary>
    public uint Metric { get; init; }

    /// <summary>Whether the gateway is taken to be at the interface, though no route says so.</summary>
    public bool IsOnLink { get; init; }
}

/// <summary>A neighbour: its address, and its hardware address of 6 bytes.</summary>
public sealed record GuestNeighbour(byte[] Address, byte[] HardwareAddress);

/// <summary>A line of /etc/hosts. The host has checked that both are free of white space.</summary>
public sealed record GuestHostEntry(string Address, string Name);
