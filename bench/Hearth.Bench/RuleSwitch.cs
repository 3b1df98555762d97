using Hearth.Linux.Network;
using Hearth.Linux.Processes;

namespace Hearth.Bench;

/// <summary>
/// Takes all rules out of this network namespace, and puts them back. The keeper of the only container with rules is stopped all the
/// time, since it restores lost rules after a second; QEMU carries the packets without it. It is stopped with the rules too: what it does
/// after a pause would count as theirs.
/// </summary>
internal sealed class RuleSwitch : IDisposable
{
    private readonly int keeper;
    private string? kept;

    /// <param name="keeper">The keeper's pid.</param>
    public RuleSwitch(int keeper)
    {
        this.keeper = keeper;
        Signals.Send(keeper, SignalNumber.Stop);
    }

    /// <param name="instead">nft's commands for other rules; null for none.</param>
    public void TurnOff(string? instead = null)
    {
        kept ??= Shell.Run("nft", "list", "ruleset");
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
            using NfTables tables = NfTables.TryOpen()!;
            if (tables.Try($"flush ruleset\n{rules}") is { } refusal)
            {
                throw new InvalidOperationException($"the rules cannot be put back: {refusal}");
            }
        }
    }

    public void Dispose()
    {
        try
        {
            TurnOn();
        }
        finally
        {
            Signals.Send(keeper, SignalNumber.Continue);
        }
    }
}
