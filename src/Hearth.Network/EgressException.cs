using System.Globalization;

namespace Hearth.Network;

/// <summary>A port for which a policy decides otherwise than for the others of a destination.</summary>
/// <param name="Port">The port.</param>
/// <param name="Protocol">The protocol; null for TCP and UDP.</param>
/// <param name="Verdict">What the policy does with it.</param>
public sealed record EgressException(ushort Port, TransportProtocol? Protocol, EgressVerdict Verdict)
{
    public override string ToString() => Port.ToString(CultureInfo.InvariantCulture) + Protocol switch
    {
        TransportProtocol.Tcp => "/tcp",
        TransportProtocol.Udp => "/udp",
        _ => "",
    };
}
