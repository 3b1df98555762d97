namespace Hearth.Machines.Tests.Conformance;

/// <summary>What the conformance suite has to know of a VMM beyond the contract.</summary>
public abstract class DriverUnderTest
{
    private const uint FirstUser = 2_000_000;

    public abstract IMachineDriver Create();

    /// <summary>The same driver with another program in the VMM's place.</summary>
    public abstract IMachineDriver CreateWith(string program);

    /// <summary>What the suite's machines are confined to: by default a user of their own.</summary>
    public virtual MachineConfinement? Confinement { get; } = new(FirstUser + (uint)Random.Shared.Next(65536), FirstUser);

    /// <summary>Whether a drive may be a file without a name.</summary>
    public virtual bool TakesNamelessFiles => true;

    /// <summary>Shell lines of the guest that leave the channel as descriptor 3.</summary>
    public abstract string OpenChannelScript { get; }

    /// <summary>Programs that those lines need, by their names in the guest's root.</summary>
    internal virtual IReadOnlyDictionary<string, byte[]> GuestPrograms { get; } = new Dictionary<string, byte[]>();

    /// <summary>What stays in the run directory when the machine's owner is killed: removing it is for who finds the directory.</summary>
    internal virtual IReadOnlyList<string> LeftByKilledOwner => [];

    /// <summary>Skips the test, with a reason, where this VMM cannot run.</summary>
    internal virtual void RequireHost()
    {
    }
}
