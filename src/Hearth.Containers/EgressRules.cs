namespace Hearth.Containers;

/// <summary>Where a container may connect to: the policy of <see cref="NetworkOptions"/>.</summary>
/// <param name="DeniesEgress">Whether connections are denied that no entry names.</param>
/// <param name="Allow">Where the container may connect to.</param>
/// <param name="Deny">Where it may not, also if <paramref name="Allow"/> names it.</param>
public sealed record EgressRules(bool DeniesEgress, IReadOnlyList<string> Allow, IReadOnlyList<string> Deny)
{
    /// <summary>Whether there is no rule at all.</summary>
    public bool IsEmpty => !DeniesEgress && Allow.Count + Deny.Count == 0;

    public static EgressRules Of(NetworkOptions options) => new(options.DeniesEgress, options.Allow, options.Deny);

    public NetworkOptions AddTo(NetworkOptions options) => options with { DeniesEgress = DeniesEgress, Allow = Allow, Deny = Deny };
}
