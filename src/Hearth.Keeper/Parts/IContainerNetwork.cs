using Hearth.Containers;
using Hearth.Control;

namespace Hearth.Keeper.Parts;

/// <summary>What clients may ask of a running container's network. Safe for several threads.</summary>
internal interface IContainerNetwork : IContainerTraffic
{
    /// <summary>Replaces the egress policy. Connections that the new one forbids are cut, others go on.</summary>
    /// <exception cref="Hearth.Network.NetworkException">An entry is invalid, or the network cannot have a policy.</exception>
    void Confine(EgressRules rules);

    /// <summary>Says which rule decides about a destination.</summary>
    /// <param name="destination">An address or a name, with <c>:port</c> and <c>/tcp</c> or <c>/udp</c> where wanted.</param>
    /// <exception cref="HearthException">The text is no destination.</exception>
    ExplainReply Explain(string destination);
}
