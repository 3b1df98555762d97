using Hearth.Linux.Network;

namespace Hearth.Bench;

/// <summary>Takes all rules out of this network namespace, and puts them back.</summary>
internal sealed class RuleSwitch
{
    private string? kept;

    public void TurnOff()
    {
        kept = Shell.Run("nft", "list", "ruleset");
        Shell.Run("nft", "flush", "ruleset");
    }

    public void TurnOn()
    {
        if (kept is { } rules)
        {
            kept = null;
            using NfTables tables = NfTables.TryOpen()!;
            if (tables.Try(rules) is { } refusal)
            {
                throw new InvalidOperationException($"the rules cannot be put back: {refusal}");
            }
        }
    }
}
