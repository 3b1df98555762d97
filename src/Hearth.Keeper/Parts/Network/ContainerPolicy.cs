using System.Net;
using Hearth.Network;
using Hearth.Network.Names;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The egress policy of a running container: what it may resolve, and the rules of all its networks. Names open their addresses
/// before the container learns them. When the policy changes, the addresses of names that are still allowed stay open, so their
/// connections go on.
/// </summary>
/// <param name="networks">The container's networks.</param>
/// <param name="initial">The policy that it has in all of them from the beginning; null for none.</param>
/// <param name="clock">Measures the lifetime of names' addresses, by its timestamps: the host's time may be set meanwhile.</param>
internal sealed class ContainerPolicy(IReadOnlyList<JoinedNetwork> networks, EgressPolicy? initial, TimeProvider clock) : INameGate
{
    /// <summary>Names that the container resolved last; older ones lose their addresses when the policy changes.</summary>
    private const int MostAdmissions = 1024;

    /// <summary>Names that the container was refused; the number of further ones is lost.</summary>
    private const int MostRefusals = 256;

    /// <summary>After a change of the policy, an address stays open so long for connections that exist.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly uint[] generations = [.. networks.Select(_ => initial is null ? 0u : BridgeNetwork.FirstGeneration)];
    private readonly Queue<(string Name, IReadOnlyList<IPAddress> Addresses, TimeSpan Lifetime, long At)> admitted = [];
    private readonly Dictionary<string, long> refused = [];
    private EgressPolicy? policy = initial;

    /// <summary>The policy; null for none.</summary>
    public EgressPolicy? Current
    {
        get
        {
            lock (gate)
            {
                return policy;
            }
        }
    }

    /// <summary>The names that were not resolved, and how often.</summary>
    public IReadOnlyList<(string Name, long Count)> Refused
    {
        get
        {
            lock (gate)
            {
                return [.. refused.Select(entry => (entry.Key, entry.Value))];
            }
        }
    }

    /// <summary>Replaces the policy; in each network at once.</summary>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Set(EgressPolicy? changed)
    {
        lock (gate)
        {
            Admission[] kept = changed is null ? [] : [.. admitted.Select(entry => Renew(entry, changed)).OfType<Admission>()];
            for (int index = 0; index < networks.Count; index++)
            {
                if (changed is not null || generations[index] > 0)
                {
                    generations[index] = networks[index].Bridge.SetPolicy(networks[index].At, changed, generations[index], kept);
                }
            }

            policy = changed;
        }
    }

    /// <summary>Sets the policy once more, after the tables were created again.</summary>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Restore()
    {
        lock (gate)
        {
            if (policy is not null)
            {
                Set(policy);
            }
        }
    }

    public NameVerdict Judge(string name, DnsType type)
    {
        lock (gate)
        {
            if (policy is null)
            {
                return NameVerdict.Open;
            }

            if (policy.Judge(name).IsAllowed)
            {
                return policy.HasNames ? NameVerdict.AdmitPublic : NameVerdict.Open;
            }

            if (refused.Count < MostRefusals || refused.ContainsKey(name))
            {
                refused[name] = refused.GetValueOrDefault(name) + 1;
            }

            return NameVerdict.Refuse;
        }
    }

    /// <summary>The policy may have changed since the verdict: then the addresses stay closed.</summary>
    public Task AdmitAsync(string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (policy?.Judge(name).Entries is { Count: > 0 } entries)
            {
                foreach (JoinedNetwork network in networks)
                {
                    network.Bridge.Admit(network.At, new Admission(addresses, entries, lifetime));
                }

                while (admitted.Count >= MostAdmissions)
                {
                    admitted.Dequeue();
                }

                admitted.Enqueue((name, addresses, lifetime, clock.GetTimestamp()));
            }
        }

        return Task.CompletedTask;
    }

    private Admission? Renew((string Name, IReadOnlyList<IPAddress> Addresses, TimeSpan Lifetime, long At) entry, EgressPolicy changed)
    {
        (bool isAllowed, IReadOnlyList<EgressEntry> entries) = changed.Judge(entry.Name);
        TimeSpan left = entry.Lifetime - clock.GetElapsedTime(entry.At);
        return isAllowed && entries.Count > 0 ? new Admission(entry.Addresses, entries, left > grace ? left : grace) : null;
    }
}
