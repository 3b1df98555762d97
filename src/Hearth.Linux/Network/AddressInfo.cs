using System.Net;
using System.Text.Json.Serialization;

namespace Hearth.Linux.Network;

/// <summary>An address of an interface.</summary>
public sealed record AddressInfo(int Index, IPAddress Address, int PrefixLength)
{
    /// <summary>Whether the kernel adds a route to the address's network.</summary>
    public bool HasNetworkRoute { get; init; } = true;

    /// <summary>The other end of a point-to-point interface, whose network <see cref="PrefixLength"/> means; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IPAddress? Peer { get; init; }

    /// <summary>The IPv4 broadcast address; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IPAddress? Broadcast { get; init; }

    /// <summary>The IPv4 address's own name, such as <c>eth0:1</c>; null for the interface's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Label { get; init; }
}
