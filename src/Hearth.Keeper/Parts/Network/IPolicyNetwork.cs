using Hearth.Containers.Reports;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>A network of a container in which its policy applies.</summary>
internal interface IPolicyNetwork
{
    /// <summary>The generation of the policy that the container has there from the beginning; 0 for none.</summary>
    uint Generation { get; }

    /// <summary>As <see cref="BridgeNetwork.SetPolicy"/>.</summary>
    uint SetPolicy(EgressPolicy? policy, uint earlier, IReadOnlyList<Admission> admissions);

    /// <summary>As <see cref="BridgeNetwork.Admit"/>.</summary>
    void Admit(Admission admission);

    /// <summary>As <see cref="BridgeNetwork.ListDenied"/>.</summary>
    IReadOnlyList<DeniedAttempt> ListDenied();

    /// <summary>As <see cref="BridgeNetwork.CountUnlisted"/>.</summary>
    long CountUnlisted();

    /// <summary>What has passed; null if the interface is gone.</summary>
    InterfaceReport? Count();

    /// <summary>The packets that the container has sent, at little cost.</summary>
    ulong CountSent();

    /// <summary>Whether the rules exist. Takes microseconds.</summary>
    bool IsIntact();

    /// <summary>Creates lost rules again, without the policy: the container may connect nowhere until it is set.</summary>
    void Restore();
}
