namespace Hearth.Network;

/// <summary>A protocol with ports.</summary>
public enum TransportProtocol
{
    Tcp,
    Udp,
}
