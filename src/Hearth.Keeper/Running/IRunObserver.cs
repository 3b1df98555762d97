using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;

namespace Hearth.Keeper.Running;

/// <summary>Observes a <see cref="ContainerRun"/>, and decides when its workload may start. An exception from it ends the run.</summary>
internal interface IRunObserver
{
    /// <summary>Called when the machine runs; the guest has not sent a message yet.</summary>
    void Booted(IMachine machine, ProcessIdentity? identity);

    /// <summary>
    /// True to create the workload's process early and hold it directly before its execve. Other processes can then join it, and
    /// a missing command is reported before <see cref="ReadyAsync"/>.
    /// </summary>
    bool HoldsWorkload { get; }

    /// <summary>Called when the guest has set up the container.</summary>
    /// <returns>Completes when the workload may start.</returns>
    Task<WorkloadStart> ReadyAsync(GuestSession session, CancellationToken cancellationToken);

    /// <summary>Called when the workload runs.</summary>
    void Started(GuestProcess process, ProcessStarted started);
}

/// <summary>The settings that are known only when a workload starts.</summary>
/// <param name="TakesInput">False for /dev/null as its standard input.</param>
/// <param name="Size">The size of its terminal; null if it is unknown, or there is no terminal.</param>
internal sealed record WorkloadStart(bool TakesInput, WindowSize? Size);
