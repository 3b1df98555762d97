using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;

namespace Hearth.Keeper.Parts;

/// <summary>
/// One capability of a run, such as its root, its volumes or its limits. A run calls the members in the order in which they are
/// declared here, each on all parts in the order of <see cref="RunParts"/>. A part implements what concerns it. It registers
/// each resource of the host on the undo stack of <see cref="RunSetup"/> as soon as it has taken it.
/// </summary>
internal interface IRunPart
{
    /// <summary>Takes resources that are quick to take, one part after the other.</summary>
    /// <exception cref="HearthException">A resource is not available.</exception>
    Task TakeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The modules that the guest's kernel needs if they are not built in; may change in <see cref="PrepareAsync"/>.</summary>
    IEnumerable<string> KernelModules => [];

    /// <summary>Prepares what takes long, in parallel with the other parts.</summary>
    /// <exception cref="HearthException">The preparation fails.</exception>
    Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Adds what the part needs to the machine's configuration: drives, a user.</summary>
    MachineConfiguration Add(MachineConfiguration machine) => machine;

    /// <summary>Called when the machine is configured, directly before it boots.</summary>
    /// <exception cref="HearthException">The machine may not boot.</exception>
    void Enter(IMachine machine)
    {
    }

    /// <summary>Adds what the part needs to the guest's configuration.</summary>
    ConfigureGuest Add(ConfigureGuest guest, GuestSession session) => guest;

    /// <summary>True if the guest may need more time for the setup than the boot timeout.</summary>
    bool MayTakeLong => false;

    /// <summary>Called when the process is about to start, with the guest set up.</summary>
    /// <exception cref="HearthException">The process may not start.</exception>
    Task StartingAsync(GuestSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called when the process runs.</summary>
    void Started()
    {
    }

    /// <summary>Called when the process has written its first output, from any thread.</summary>
    void FirstOutput()
    {
    }

    /// <summary>Changes limits while the container runs.</summary>
    /// <exception cref="HearthException">A limit cannot be set.</exception>
    void Limit(ResourcesSpec resources)
    {
    }

    /// <summary>The container's network, if this part is it.</summary>
    IContainerNetwork? Network => null;

    /// <summary>What passes the container's network, if this part is it.</summary>
    IContainerTraffic? Traffic => Network;

    /// <summary>Called when the process and all others of the container have ended, while the guest still answers. It reports failures as diagnostics.</summary>
    Task EndingAsync(GuestSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>True if the guest has to shut down properly at the end, so that it writes back persistent data.</summary>
    bool NeedsShutdown => false;

    /// <summary>Returns a failure that explains why the machine failed, or the given one if the part knows no cause.</summary>
    HearthException Explain(HearthException failure) => failure;

    /// <summary>Adds the part's results to the report, after everything is released.</summary>
    RunReport Add(RunReport report) => report;

    /// <summary>The diagnostics for users after the run.</summary>
    IEnumerable<Diagnostic> Diagnostics => [];
}
