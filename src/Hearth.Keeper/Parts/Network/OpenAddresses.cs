using System.Net;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The addresses that names have opened to one container, or of which they have closed ports. Their number is bounded:
/// a name server may answer with any number of addresses, and the kernel would store them all. The oldest ones go first.
/// </summary>
internal sealed class OpenAddresses
{
    /// <summary>As many as the change of a policy keeps open.</summary>
    public const int Most = LearnedNames.MostAddresses;

    /// <summary>By the order of the last answer.</summary>
    private readonly OrderedDictionary<IPAddress, (HashSet<EgressEntry> Allowed, HashSet<EgressEntry> Denied)> open = [];

    /// <summary>Notes what an answer opens and closes.</summary>
    /// <returns>The answer, and the addresses that are to be forgotten for it.</returns>
    public Admission Add(Admission answer)
    {
        foreach (IPAddress address in answer.Entries.Count + answer.Denied.Count > 0 ? answer.Addresses : [])
        {
            (HashSet<EgressEntry> allowed, HashSet<EgressEntry> denied) = open.Remove(address, out (HashSet<EgressEntry>, HashSet<EgressEntry>) known) ? known : ([], []);
            allowed.UnionWith(answer.Entries);
            denied.UnionWith(answer.Denied);
            open.Add(address, (allowed, denied));
        }

        List<(IPAddress Address, IReadOnlyCollection<EgressEntry> Entries, IReadOnlyCollection<EgressEntry> Denied)> outdated = [];
        while (open.Count > Most)
        {
            (IPAddress address, (HashSet<EgressEntry> allowed, HashSet<EgressEntry> denied)) = open.GetAt(0);
            outdated.Add((address, allowed, denied));
            open.RemoveAt(0);
        }

        return answer with { Outdated = outdated };
    }

    /// <summary>Forgets all, and notes what a changed policy keeps open.</summary>
    public void Replace(IEnumerable<Admission> kept)
    {
        open.Clear();
        foreach (Admission admission in kept)
        {
            Add(admission);
        }
    }
}
