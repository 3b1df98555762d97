using Hearth.Containers;

namespace Hearth.Rendering;

/// <summary>An egress policy, in the words of the flags.</summary>
public sealed record PolicyView(string Egress, IReadOnlyList<string> Allow, IReadOnlyList<string> Deny)
{
    public static string WordOf(EgressRules rules) => rules.DeniesEgress ? "deny" : "allow";
}
