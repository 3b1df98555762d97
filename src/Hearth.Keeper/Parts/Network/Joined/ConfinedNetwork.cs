using Hearth.Containers.Reports;
using Hearth.Network;
using Hearth.Network.Joined;

namespace Hearth.Keeper.Parts.Network.Joined;

/// <summary>An interface of a namespace that the machine joins, where its policy applies.</summary>
/// <param name="Interface">The interface.</param>
internal sealed record ConfinedNetwork(ConfinedInterface Interface) : IPolicyNetwork
{
    public uint Generation => Interface.Generation;

    public uint SetPolicy(EgressPolicy? policy, uint earlier, IReadOnlyList<Admission> admissions) => Interface.SetPolicy(policy, earlier, admissions);

    public void Admit(Admission admission) => Interface.Admit(admission);

    public IReadOnlyList<DeniedAttempt> ListDenied() => Interface.ListDenied();

    public long CountUnlisted() => Interface.CountUnlisted();

    public InterfaceReport? Count() => Interface.Count() is { } counters ? InterfaceCounters.Describe(Interface.Interface.Name, counters) : null;

    public ulong CountSent() => Interface.Count()?.SentPackets ?? 0;

    public bool IsIntact() => Interface.IsIntact();

    public void Restore() => Interface.Restore();
}
