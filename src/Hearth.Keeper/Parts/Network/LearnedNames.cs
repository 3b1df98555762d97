using System.Net;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The addresses that names have led a container to, also while no policy names them: a later policy may, and then its connections go
/// on. A name that is asked for again and again is one entry, and keeps the addresses of its earlier answers, since a connection may use one.
/// </summary>
/// <param name="clock">Measures lifetimes, by its timestamps: the host's time may be set meanwhile.</param>
internal sealed class LearnedNames(TimeProvider clock)
{
    /// <summary>Of these names, the container resolved each more recently than all others.</summary>
    private const int MostNames = 1024;

    /// <summary>Of all names together; the change of a policy opens them in one transaction.</summary>
    public const int MostAddresses = 4096;

    /// <summary>More than any answer has. Names that lead to others each time keep the last ones.</summary>
    private const int MostAddressesOfName = 64;

    /// <summary>After a change of the policy, an address stays open so long for connections that exist.</summary>
    private static readonly TimeSpan grace = TimeSpan.FromHours(1);

    /// <summary>By the order of the last answer.</summary>
    private readonly OrderedDictionary<string, OrderedDictionary<IPAddress, (TimeSpan Lifetime, long At)>> names = [];
    private int count;

    public void Add(string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime)
    {
        OrderedDictionary<IPAddress, (TimeSpan Lifetime, long At)> known = names.Remove(name, out var found) ? found : [];
        count -= known.Count;
        foreach (IPAddress address in addresses)
        {
            known.Remove(address);
            known.Add(address, (lifetime, clock.GetTimestamp()));
        }

        while (known.Count > MostAddressesOfName)
        {
            known.RemoveAt(0);
        }

        count += known.Count;
        names.Add(name, known);
        while (names.Count > MostNames || count > MostAddresses)
        {
            count -= names.GetAt(0).Value.Count;
            names.RemoveAt(0);
        }
    }

    /// <summary>What a policy opens of them, or closes.</summary>
    public IReadOnlyList<Admission> AdmittedBy(EgressPolicy policy) =>
    [
        .. from entry in names
           where policy.Judge(entry.Key).NamesAddresses
           from address in entry.Value
           group address.Key by (entry.Key, Left(address.Value)) into equal
           let named = policy.Judge(equal.Key.Key)
           select new Admission([.. equal], named.Allowed, named.Denied, equal.Key.Item2),
    ];

    /// <summary>In whole minutes, so that addresses of one answer have one lifetime.</summary>
    private TimeSpan Left((TimeSpan Lifetime, long At) address)
    {
        TimeSpan left = address.Lifetime - clock.GetElapsedTime(address.At);
        return left > grace ? TimeSpan.FromMinutes(Math.Ceiling(left.TotalMinutes)) : grace;
    }
}
