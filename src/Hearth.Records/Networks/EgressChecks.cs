using Hearth.Containers;
using Hearth.Network;
using Hearth.Records.Recovery;

namespace Hearth.Records.Networks;

/// <summary>Refuses policies that no start could apply.</summary>
public static class EgressChecks
{
    /// <exception cref="HearthException">An entry is invalid.</exception>
    public static void Check(EgressRules rules)
    {
        try
        {
            EgressPolicy.Parse(!rules.DeniesEgress, rules.Allow, rules.Deny);
        }
        catch (NetworkException failure)
        {
            throw NetworkFailures.Translate(failure);
        }
    }
}
