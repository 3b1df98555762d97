using System.Net;
using Hearth.Network;
using Hearth.Network.Names;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The egress policy of a running container: what it may resolve, and the rules of all its networks. Names open their addresses
/// before the container learns them. When the policy changes, the addresses of names that are still allowed stay open, so their
/// connections go on. Of the addresses that names have opened, the oldest are closed to new connections when there are too many; connections
/// that are accepted already go on. Ports that names have closed stay closed.
/// </summary>
/// <param name="networks">The container's networks.</param>
/// <param name="initial">The policy that it has in all of them from the beginning; null for none.</param>
/// <param name="clock">Measures the lifetime of names' addresses, by its timestamps: the host's time may be set meanwhile.</param>
/// <param name="isOfNetwork">Whether a name is one of the network's own, which may lead to private addresses; null for none.</param>
internal sealed class ContainerPolicy(IReadOnlyList<IPolicyNetwork> networks, EgressPolicy? initial, TimeProvider clock, Func<string, bool>? isOfNetwork = null) : INameGate
{
    /// <summary>Names that the container was refused; further ones are counted together.</summary>
    private const int MostRefusals = 256;

    /// <summary>The entry of all further names in <see cref="Refused"/>.</summary>
    private const string OtherNames = "others";

    private readonly Lock gate = new();
    private readonly uint[] generations = [.. networks.Select(network => network.Generation)];
    private readonly LearnedNames learned = new(clock);
    private readonly OpenAddresses open = new(clock);
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
            IReadOnlyList<Admission> kept = changed is null ? [] : [.. learned.AdmittedBy(changed), .. open.ClosedBy(changed)];
            for (int index = 0; index < networks.Count; index++)
            {
                if (changed is not null || generations[index] > 0)
                {
                    generations[index] = networks[index].SetPolicy(changed, generations[index], kept);
                }
            }

            policy = changed;
            open.Replace(kept);
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
                return NameVerdict.Learn;
            }

            if (policy.Judge(name).IsResolved)
            {
                return !policy.HasNames ? NameVerdict.Learn : isOfNetwork?.Invoke(name) == true ? NameVerdict.AdmitAny : NameVerdict.AdmitPublic;
            }

            CountRefusal(name);
            return NameVerdict.Refuse;
        }
    }

    /// <summary>The policy may have changed since the verdict: then the addresses stay closed.</summary>
    /// <exception cref="NetworkException">Ports of too many addresses are closed, or the kernel refuses it: the container must not get the answer.</exception>
    public Task AdmitAsync(string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (policy?.Judge(name) is { NamesAddresses: true } named)
            {
                if (!open.TryAdd(new Admission(addresses, named.Allowed, named.Denied, lifetime), out Admission? admission))
                {
                    CountRefusal(name);
                    throw new NetworkException(NetworkError.PoolExhausted, $"cannot admit the addresses of '{name}': ports of {OpenAddresses.Most} addresses are closed");
                }

                foreach (IPolicyNetwork network in networks)
                {
                    network.Admit(admission);
                }
            }

            learned.Add(name, addresses, lifetime);
        }

        return Task.CompletedTask;
    }

    private void CountRefusal(string name)
    {
        string counted = refused.Count < MostRefusals || refused.ContainsKey(name) ? name : OtherNames;
        refused[counted] = refused.GetValueOrDefault(counted) + 1;
    }
}
