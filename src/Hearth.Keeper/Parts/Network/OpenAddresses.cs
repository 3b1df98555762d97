using System.Net;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The addresses that names have opened to one container. Their number is bounded: whoever answers the container's questions may send any
/// number of addresses, and the kernel would store them all. The oldest ones go first.
/// </summary>
internal sealed class OpenAddresses
{
    /// <summary>As many as the change of a policy keeps open.</summary>
    public const int Most = LearnedNames.MostAddresses;

    /// <summary>By the order of the last answer.</summary>
    private readonly OrderedDictionary<IPAddress, HashSet<EgressEntry>> open = [];

    /// <summary>Notes what an answer opens.</summary>
    /// <returns>The answer, and what is to be closed for it.</returns>
    public Admission Add(Admission answer)
    {
        foreach (IPAddress address in answer.Entries.Count > 0 ? answer.Addresses : [])
        {
            HashSet<EgressEntry> entries = open.Remove(address, out HashSet<EgressEntry>? known) ? known : [];
            entries.UnionWith(answer.Entries);
            open.Add(address, entries);
        }

        List<(IPAddress Address, IReadOnlyCollection<EgressEntry> Entries)> outdated = [];
        while (open.Count > Most)
        {
            outdated.Add((open.GetAt(0).Key, open.GetAt(0).Value));
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
