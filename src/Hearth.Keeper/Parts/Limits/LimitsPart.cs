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
        setup.Undo.Push("give back the control group", () => group?.Dispose());
        group = RunGroup.Join(setup, machine);
    }

    public void Limit(ResourcesSpec resources) => group?.Update(resources);

    /// <summary>A machine that the host's kernel killed for lack of memory cannot say so itself.</summary>
    public HearthException Explain(HearthException failure) => group?.RanOutOfMemory == true
        ? new HearthException(HearthError.OutOfMemory, $"{failure.Message}\nThe host's kernel ended it, since the container's memory had run out ({group.Description})", failure)
        : failure;

    public RunReport Add(RunReport report) => group is null || report.Confinement is not { } confinement
        ? report
        : report with { Confinement = confinement with { Means = [.. confinement.Means, group.Description] } };
}
