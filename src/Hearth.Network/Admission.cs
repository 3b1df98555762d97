using System.Net;

namespace Hearth.Network;

/// <summary>Addresses that a name has led to, which are open to a guest for a time, and of which ports may be closed.</summary>
/// <param name="Addresses">The addresses of the answer.</param>
/// <param name="Entries">The entries that allow the name (<see cref="EgressPolicy.Judge"/>); their ports are opened, or all.</param>
/// <param name="Denied">The entries that deny the name; their ports are closed.</param>
/// <param name="Lifetime">The answer's time to live.</param>
public sealed record Admission(IReadOnlyList<IPAddress> Addresses, IReadOnlyList<EgressEntry> Entries, IReadOnlyList<EgressEntry> Denied, TimeSpan Lifetime)
{
    /// <summary>An answer may be used some time after it was given.</summary>
    private static readonly TimeSpan shortest = TimeSpan.FromMinutes(1);

    /// <summary>Many programs resolve a name once and use its addresses for long.</summary>
    private static readonly TimeSpan shortestBar = TimeSpan.FromHours(1);

    private static readonly TimeSpan longest = TimeSpan.FromDays(1);

    /// <summary>How long the addresses are open.</summary>
    public TimeSpan OpenFor => Clamp(shortest);

    /// <summary>How long the denied ports are closed.</summary>
    public TimeSpan ClosedFor => Clamp(shortestBar) is var usual && usual > ClosedAtLeast ? usual : ClosedAtLeast;

    /// <summary>How long denied ports of one of the addresses are closed already.</summary>
    public TimeSpan ClosedAtLeast { get; init; }

    /// <summary>Addresses that earlier answers have opened or closed, by which entries of both kinds. Now the entries without names decide about new connections.</summary>
    public IReadOnlyList<(IPAddress Address, IReadOnlyCollection<EgressEntry> Entries, IReadOnlyCollection<EgressEntry> Denied)> Outdated { get; init; } = [];

    private TimeSpan Clamp(TimeSpan least) => Lifetime < least ? least : Lifetime > longest ? longest : Lifetime;
}
