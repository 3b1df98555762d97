using Hearth.Linux.Network;
using Hearth.Linux.Processes;

namespace Hearth.Bench;

/// <summary>
/// Takes all rules out of this network namespace, and puts them back. Meanwhile the keeper of the only container with rules is
/// stopped, since it restores lost rules after a second; QEMU carries the packets without it. Afterwards it does at once what it has missed.
/// </summary>
/// <param name="keeper">The keeper's pid.</param>
internal sealed class RuleSwitch(int keeper) : IDisposable
{
    private string? kept;

    /// <param name="instead">nft's commands for other rules; null for none.</param>
    public void TurnOff(string? instead = null)
    {
        if (kept is null)
        {
            kept = Shell.Run("nft", "list", "ruleset");
            Signals.Send(keeper, SignalNumber.Stop);
        }

        Shell.Run("nft", "flush", "ruleset");
        if (instead is not null)
        {
            Shell.Run("nft", instead);
        }
    }

    /// <exception cref="InvalidOperationException">The kernel refuses the rules.</exception>
    public void TurnOn()
    {
        if (kept is { } rules)
        {
            kept = null;
            try
            {
                using NfTables tables = NfTables.TryOpen()!;
                if (tables.Try($"flush ruleset\n{rules}") is { } refusal)
                {
                    throw new InvalidOperationException($"the rules cannot be put back: {refusal}");
                }
            }
            finally
            {
                Signals.Send(keeper, SignalNumber.Continue);
            }
        }
    }

    public void Dispose() => TurnOn();
}
