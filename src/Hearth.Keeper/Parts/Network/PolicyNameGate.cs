using System.Net;
using Hearth.Network;
using Hearth.Network.Names;

namespace Hearth.Keeper.Parts.Network;

/// <summary>Lets a container resolve what its policy allows, and opens the addresses in all of its networks before it learns them.</summary>
internal sealed class PolicyNameGate(IReadOnlyList<JoinedNetwork> networks, EgressPolicy policy) : INameGate
{
    public NameVerdict Judge(string name, DnsType type)
    {
        (bool isAllowed, _) = policy.Judge(name);
        return !isAllowed ? NameVerdict.Refuse : policy.HasNames ? NameVerdict.AdmitPublic : NameVerdict.Open;
    }

    public Task AdmitAsync(string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        foreach (JoinedNetwork network in networks)
        {
            network.Bridge.Admit(network.At, addresses, policy.Judge(name).Entries, lifetime);
        }

        return Task.CompletedTask;
    }
}
