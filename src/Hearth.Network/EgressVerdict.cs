namespace Hearth.Network;

/// <summary>What a policy does with a connection, and why.</summary>
/// <param name="IsAllowed">Whether it may be made.</param>
/// <param name="Reason">The rule that decides, as a clause: <c>--deny 10.0.0.0/8 names it</c>.</param>
public sealed record EgressVerdict(bool IsAllowed, string Reason);
