using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;

namespace Hearth.Keeper.Running;

/// <summary>Follows a <see cref="ContainerRun"/>, and says when its workload may start. What it throws ends the run.</summary>
internal interface IRunObserver
{
    /// <summary>The machine runs; the guest has not spoken yet.</summary>
    void Booted(IMachine machine, ProcessIdentity? identity);

    /// <summary>
    /// True to have the workload wait right before its command is executed, where others may join it, rather than not be there yet.
    /// A command that is missing is then known before <see cref="ReadyAsync"/>.
    /// </summary>
    bool HoldsWorkload { get; }

    /// <summary>The guest has set up the container.</summary>
    /// <returns>Done when the workload may start.</returns>
    Task<WorkloadStart> ReadyAsync(GuestSession session, CancellationToken cancellationToken);

    /// <summary>The workload runs.</summary>
    void Started(GuestProcess process, ProcessStarted started);
}

/// <summary>What is settled only when a workload starts.</summary>
/// <param name="TakesInput">False for /dev/null as its standard input.</param>
/// <param name="Size">Of its terminal; null where nobody knows, or there is none.</param>
internal sealed record WorkloadStart(bool TakesInput, WindowSize? Size);
