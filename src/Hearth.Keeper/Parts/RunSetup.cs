using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Machines;
using Hearth.Machines.Kernel;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts;

/// <summary>The data that the parts of a run share. All of it is known before the first part takes a resource.</summary>
/// <param name="Description">The container's description, adapted to the kernel.</param>
/// <param name="Context">The run's directories and live objects.</param>
/// <param name="Directory">The container's directory, inside the run directory.</param>
/// <param name="Kernel">The guest's kernel.</param>
/// <param name="Driver">The VMM's driver.</param>
/// <param name="Shape">Processors and memory of the machine.</param>
/// <param name="Timeline">Receives the phases.</param>
/// <param name="Undo">Receives the undo of everything that a part takes.</param>
internal sealed record RunSetup(
    ContainerDescription Description, RunContext Context, RunDirectory Directory, KernelEntry Kernel, IMachineDriver Driver,
    MachineShape Shape, Timeline Timeline, UndoStack Undo)
{
    /// <summary>
    /// Records files that are about to be created outside the container's directory. If this process is killed, the next command
    /// removes them.
    /// </summary>
    /// <exception cref="HearthException">The record cannot be written.</exception>
    public void NoteFiles(IReadOnlyList<string> paths)
    {
        if (paths.Count > 0)
        {
            Directory.Update(Directory.Resources with { Files = [.. Directory.Resources.Files, .. paths] });
        }
    }
}
