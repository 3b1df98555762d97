using Hearth.Containers;

namespace Hearth.Cli.Rendering;

/// <summary>An egress policy, in the words of the flags.</summary>
internal sealed record PolicyView(string Egress, IReadOnlyList<string> Allow, IReadOnlyList<string> Deny)
{
    public static string WordOf(EgressRules rules) => rules.DeniesEgress ? "deny" : "allow";
}
