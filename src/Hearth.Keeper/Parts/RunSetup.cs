using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Machines;
using Hearth.Machines.Kernel;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts;

/// <summary>What the parts of a run share, all of it known before the first of them takes anything.</summary>
/// <param name="Description">As the kernel allows it.</param>
/// <param name="Context">Where things are, and live objects.</param>
/// <param name="Directory">The container's, beneath the run directory.</param>
/// <param name="Kernel">The guest's.</param>
/// <param name="Driver">Of the VMM.</param>
/// <param name="Shape">Processors and memory of the machine.</param>
/// <param name="Timeline">Takes the phases.</param>
/// <param name="Undo">Takes the duty to release whatever is taken.</param>
internal sealed record RunSetup(
    ContainerDescription Description, RunContext Context, RunDirectory Directory, KernelEntry Kernel, IMachineDriver Driver,
    MachineShape Shape, Timeline Timeline, UndoStack Undo)
{
    /// <summary>Writes down files that are about to be made outside of the container's directory, for whoever has to remove them if this process is killed.</summary>
    /// <exception cref="HearthException">It cannot be written.</exception>
    public void NoteFiles(IReadOnlyList<string> paths)
    {
        if (paths.Count > 0)
        {
            Directory.Update(Directory.Resources with { Files = [.. Directory.Resources.Files, .. paths] });
        }
    }
}
