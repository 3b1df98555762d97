using System.Net;

namespace Hearth.Network;

/// <summary>Addresses that a name has led to, which are open to a guest for a time.</summary>
/// <param name="Addresses">The addresses of the answer.</param>
/// <param name="Entries">The entries that allow the name (<see cref="EgressPolicy.Judge"/>); their ports are opened, or all.</param>
/// <param name="Lifetime">The answer's time to live.</param>
public sealed record Admission(IReadOnlyList<IPAddress> Addresses, IReadOnlyList<EgressEntry> Entries, TimeSpan Lifetime)
{
    /// <summary>Addresses that earlier answers have opened, by which entries. They are closed to new connections.</summary>
    public IReadOnlyList<(IPAddress Address, IReadOnlyCollection<EgressEntry> Entries)> Outdated { get; init; } = [];
}
