using System.Net;

namespace Hearth.Linux.Network;

/// <summary>An address of an interface.</summary>
public sealed record AddressInfo(int Index, IPAddress Address, int PrefixLength)
{
    /// <summary>Whether the kernel adds a route to the address's network.</summary>
    public bool HasNetworkRoute { get; init; } = true;
}
