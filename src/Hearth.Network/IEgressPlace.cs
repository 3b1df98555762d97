using System.Net;

namespace Hearth.Network;

/// <summary>What decides about a guest's connections besides its policy.</summary>
public interface IEgressPlace
{
    /// <summary>Whether the guest has a network that leads outside.</summary>
    bool HasWayOut { get; }

    /// <summary>Whether an address is one of the host's.</summary>
    bool IsOfHost(IPAddress address);

    /// <summary>Whether an address is for several hosts of a network.</summary>
    bool IsGroup(IPAddress address);

    /// <summary>Whether a port of an address of the host leads to a container.</summary>
    bool IsPublished(IPAddress address, TransportProtocol protocol, ushort port);

    /// <summary>What names have opened of an address, for a port of a protocol.</summary>
    LearnedScope FindLearned(IPAddress address, TransportProtocol protocol, ushort port);

    /// <summary>Why no policy leads to an address.</summary>
    /// <returns>A clause; null if a policy decides.</returns>
    string? FindObstacle(IPAddress address);
}
