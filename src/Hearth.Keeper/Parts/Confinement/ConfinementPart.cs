using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Machines;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Confinement;

/// <summary>A separate user for the machine, and with it the machine's confinement.</summary>
internal sealed class ConfinementPart(RunSetup setup) : IRunPart
{
    private MachineConfinement? confinement;

    public Task TakeAsync(CancellationToken cancellationToken)
    {
        if (setup.Description.MachineUsers is { } range)
        {
            if (HostRights.FindMissing(HostRights.ForMachines) is { } missing)
            {
                throw new HearthException(HearthError.HostUnsuitable, $"cannot confine the machine: this process lacks {missing}; {HostRights.Advice(missing)}");
            }

            UserLease lease = UserLease.Take(setup.Context.Directories, range);
            setup.Undo.Push($"release the machine's user {lease.User}", lease.Dispose);
            confinement = new MachineConfinement(lease.User, lease.User);
        }

        return Task.CompletedTask;
    }

    public MachineConfiguration Add(MachineConfiguration machine) => machine with { Confinement = confinement };

    public IEnumerable<Diagnostic> Diagnostics => setup.Description.MachineUsers is null
        ? [Diagnostic.Warning(DiagnosticCode.MachineNotConfined, "the machine runs with this program's own rights, which is for development only (--no-jailer)")]
        : [];
}
