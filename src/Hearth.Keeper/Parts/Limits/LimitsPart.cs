using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Machines;

namespace Hearth.Keeper.Parts.Limits;

/// <summary>The container's control group with its limits, which this process joins before it starts the VMM.</summary>
internal sealed class LimitsPart(RunSetup setup) : IRunPart
{
    private RunGroup? group;

    public IEnumerable<Diagnostic> Diagnostics => Diagnostic.Warnings(DiagnosticCode.LimitNotApplied, group?.Warnings ?? []);

    public void Enter(IMachine machine)
    {
        setup.Undo.Push("release the control group", () => group?.Dispose());
        group = RunGroup.Join(setup, machine);
    }

    public void Limit(ResourcesSpec resources) => group?.Update(resources);

    /// <summary>Adds the cause if the host's kernel killed the machine for lack of memory; the machine cannot report it.</summary>
    public HearthException Explain(HearthException failure) => group?.RanOutOfMemory == true
        ? new HearthException(HearthError.OutOfMemory, $"{failure.Message}\nThe host's kernel killed it because the container ran out of memory ({group.Description})", failure)
        : failure;

    public RunReport Add(RunReport report) => group is null || report.Confinement is not { } confinement
        ? report
        : report with { Confinement = confinement with { Means = [.. confinement.Means, group.Description] } };
}
