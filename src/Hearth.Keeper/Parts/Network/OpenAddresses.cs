using System.Diagnostics.CodeAnalysis;
using System.Net;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// The addresses that names have opened to one container, or of which they have closed ports. Their number is bounded:
/// a name server may answer with any number of addresses, and the kernel would store them all. The oldest open ones go first. One with a
/// closed port stays until its time is over, since the default may be to allow.
/// </summary>
/// <param name="clock">Measures how long ports stay closed, by its timestamps: the host's time may be set meanwhile.</param>
internal sealed class OpenAddresses(TimeProvider clock)
{
    /// <summary>As many as the change of a policy keeps open.</summary>
    public const int Most = LearnedNames.MostAddresses;

    /// <summary>By the order of the last answer.</summary>
    private readonly OrderedDictionary<IPAddress, Uses> open = [];

    /// <summary>Notes what an answer opens and closes.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="admission">The answer, and the addresses that are to be forgotten for it.</param>
    /// <returns>False, and nothing is noted, if ports of too many addresses are closed.</returns>
    public bool TryAdd(Admission answer, [NotNullWhen(true)] out Admission? admission)
    {
        admission = null;
        HashSet<IPAddress> named = answer.Entries.Count + answer.Denied.Count > 0 ? [.. answer.Addresses] : [];
        int excess = open.Count + named.Count(address => !open.ContainsKey(address)) - Most;
        KeyValuePair<IPAddress, Uses>[] outdated = excess <= 0 ? [] : [.. open.Where(entry => !IsClosed(entry.Value) && !named.Contains(entry.Key)).Take(excess)];
        if (outdated.Length < excess)
        {
            return false;
        }

        foreach ((IPAddress address, Uses _) in outdated)
        {
            open.Remove(address);
        }

        admission = answer with { ClosedAtLeast = named.Select(LeftOf).DefaultIfEmpty().Max() };
        Note(admission);
        admission = admission with { Outdated = [.. outdated.Select(entry => (entry.Key, (IReadOnlyCollection<EgressEntry>)entry.Value.Allowed, (IReadOnlyCollection<EgressEntry>)entry.Value.Denied))] };
        return true;
    }

    /// <summary>The addresses of which ports are closed, by entries that a changed policy still has.</summary>
    public IReadOnlyList<Admission> ClosedBy(EgressPolicy changed) =>
    [
        .. from entry in open
           where IsClosed(entry.Value)
           let denied = changed.Deny.Where(entry.Value.Denied.Contains).ToArray()
           where denied.Length > 0
           select new Admission([entry.Key], [], denied, LeftOf(entry.Key)),
    ];

    /// <summary>Forgets all, and notes what a changed policy keeps open and closed, also if it is more than usual.</summary>
    public void Replace(IEnumerable<Admission> kept)
    {
        open.Clear();
        foreach (Admission admission in kept)
        {
            Note(admission);
        }
    }

    private bool IsClosed(Uses uses) => uses.Denied.Count > 0 && clock.GetElapsedTime(uses.ClosedAt) < uses.ClosedFor;

    /// <summary>How long ports of an address are closed still.</summary>
    private TimeSpan LeftOf(IPAddress address) =>
        open.TryGetValue(address, out Uses? uses) && IsClosed(uses) ? uses.ClosedFor - clock.GetElapsedTime(uses.ClosedAt) : TimeSpan.Zero;

    private void Note(Admission answer)
    {
        foreach (IPAddress address in answer.Entries.Count + answer.Denied.Count > 0 ? answer.Addresses : [])
        {
            Uses uses = open.Remove(address, out Uses? known) ? known : new Uses();
            uses.Allowed.UnionWith(answer.Entries);
            if (answer.Denied.Count > 0)
            {
                uses.Denied.UnionWith(answer.Denied);
                uses.ClosedAt = clock.GetTimestamp();
                uses.ClosedFor = answer.ClosedFor;
            }

            open.Add(address, uses);
        }
    }

    /// <summary>The entries that have opened an address, and closed ports of it.</summary>
    private sealed class Uses
    {
        public HashSet<EgressEntry> Allowed { get; } = [];

        public HashSet<EgressEntry> Denied { get; } = [];

        /// <summary>The timestamp of the last answer that closed a port.</summary>
        public long ClosedAt { get; set; }

        public TimeSpan ClosedFor { get; set; }
    }
}
