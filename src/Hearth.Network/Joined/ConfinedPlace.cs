using System.Net;

namespace Hearth.Network.Joined;

/// <summary>What decides about a machine's connections besides its policy, in a namespace that somebody else has made.</summary>
/// <param name="interfaces">The machine's interfaces.</param>
public sealed class ConfinedPlace(IReadOnlyList<ConfinedInterface> interfaces) : IEgressPlace
{
    public bool HasWayOut => true;

    public bool IsOfHost(IPAddress address) => interfaces.Any(each => each.Routers.Contains(address));

    public bool IsGroup(IPAddress address) => EgressPolicy.Groups.Any(group => group.Contains(address));

    public bool IsPublished(IPAddress address, TransportProtocol protocol, ushort port) => false;

    public LearnedScope FindLearned(IPAddress address, TransportProtocol protocol, ushort port) =>
        interfaces.Select(each => each.FindLearned(address, protocol, port)).DefaultIfEmpty(LearnedScope.None).Max();

    public string? FindObstacle(IPAddress address) => IsGroup(address) ? "multicast and broadcast do not leave a container with a policy in this network" : null;
}
