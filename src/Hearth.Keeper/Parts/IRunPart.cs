using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;

namespace Hearth.Keeper.Parts;

/// <summary>
/// One capability of a run: its root, its volumes, its limits. A run asks all of its parts for the same, in the order of the
/// members here and of <see cref="RunParts"/>; a part implements what concerns it. What it takes of the host it puts on the
/// undo stack of <see cref="RunSetup"/> at once.
/// </summary>
internal interface IRunPart
{
    /// <summary>Takes what is quick to take, one part after the other.</summary>
    /// <exception cref="HearthException">It cannot be had.</exception>
    Task TakeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The modules that the guest's kernel needs for it, where it has them not built in; may change in <see cref="PrepareAsync"/>.</summary>
    IEnumerable<string> KernelModules => [];

    /// <summary>Makes what takes long, beside the other parts.</summary>
    /// <exception cref="HearthException">It cannot be made.</exception>
    Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Adds to the machine what it has of it: drives, a user.</summary>
    MachineConfiguration Add(MachineConfiguration machine) => machine;

    /// <summary>The machine is configured, and boots next.</summary>
    /// <exception cref="HearthException">It may not boot.</exception>
    void Enter(IMachine machine)
    {
    }

    /// <summary>Adds to the guest's configuration what the guest has to do for it.</summary>
    ConfigureGuest Add(ConfigureGuest guest, GuestSession session) => guest;

    /// <summary>True where the guest may need more time to set it up than a boot may take.</summary>
    bool MayTakeLong => false;

    /// <summary>Sets other limits while the container runs.</summary>
    /// <exception cref="HearthException">They cannot be set.</exception>
    void Limit(ResourcesSpec resources)
    {
    }

    /// <summary>True where the guest has to shut down in order at the end, so that it writes back what is to stay.</summary>
    bool NeedsShutdown => false;

    /// <summary>What it knows of why the machine failed, in place of the failure.</summary>
    HearthException Explain(HearthException failure) => failure;

    /// <summary>Adds to the report; all is released by then.</summary>
    RunReport Add(RunReport report) => report;

    /// <summary>What people should know after the run.</summary>
    IEnumerable<Diagnostic> Diagnostics => [];
}
