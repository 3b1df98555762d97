using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;

namespace Hearth.Keeper.Running;

/// <summary>The observer of a run without a keeper: the workload starts as soon as it can.</summary>
internal sealed class UnobservedRun(bool takesInput) : IRunObserver
{
    public bool HoldsWorkload => false;

    public void Booted(IMachine machine, ProcessIdentity? identity)
    {
    }

    public Task<WorkloadStart> ReadyAsync(GuestSession session, CancellationToken cancellationToken) => Task.FromResult(new WorkloadStart(takesInput, Size: null));

    public void Started(GuestProcess process, ProcessStarted started)
    {
    }
}
