using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Parts;
using Hearth.Records.Events;

namespace Hearth.Keeper;

/// <content>What clients change of a container that runs: pauses, limits, policies, its name. One change at a time.</content>
internal sealed partial class KeeperLife
{
    /// <summary>Whether the guest has not yet got limits that came during a pause.</summary>
    private bool hasNewLimits;

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Require("pause");
            await SteerAsync("pause", machine!.PauseAsync(cancellationToken)).ConfigureAwait(false);
            session!.IsSuspended = true;
            Move(ContainerMove.Pause, before => before);
            events.Report(Description, EventAction.Pause);
        }
        finally
        {
            acting.Release();
        }
    }

    /// <summary>Resumes the machine, and sets its clock, which did not advance during the pause.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (State.Status != ContainerStatus.Paused)
            {
                throw WrongState("unpause", State.Status);
            }

            await SteerAsync("unpause", machine!.ResumeAsync(cancellationToken)).ConfigureAwait(false);
            session!.IsSuspended = false;
            Move(ContainerMove.Resume, before => before);
            events.Report(Description, EventAction.Unpause);
            await session.SetClockAsync(clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            if (hasNewLimits && Description.Spec.Linux?.Resources is { } resources)
            {
                await session.UpdateLimitsAsync(GuestRequests.Update(resources), cancellationToken).ConfigureAwait(false);
                hasNewLimits = false;
            }
        }
        finally
        {
            acting.Release();
        }
    }

    /// <summary>
    /// Changes limits in the guest, on the host, and in the record for later starts; and the restart policy. The guest of a paused
    /// container cannot answer: it gets its limits when it goes on.
    /// </summary>
    /// <param name="resources">The new limits; limits that it omits stay unchanged.</param>
    /// <param name="restart">The new restart policy; null to keep it.</param>
    /// <param name="limitOnHost">Sets the limits of the container's control group.</param>
    /// <param name="cancellationToken">Stops the wait for the guest.</param>
    /// <exception cref="HearthException">The container is not running, its machine is too small, or a limit cannot be set.</exception>
    public async Task UpdateAsync(ResourcesSpec resources, RestartChange? restart, Action<ResourcesSpec> limitOnHost, CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            GuestSession? guest = State.Status == ContainerStatus.Paused ? null : Require("update").Session;
            // What cannot be recorded is refused before anything changes.
            _ = Description.With(resources, restart);
            Shape.RequireFits(resources, Description.Name);
            if (guest is not null)
            {
                await guest.UpdateLimitsAsync(GuestRequests.Update(resources), cancellationToken).ConfigureAwait(false);
            }

            hasNewLimits |= guest is null;
            limitOnHost(resources);
            Record(store.ChangeDescription(container.Id, before => before.With(resources, restart)));
            events.Report(Description, EventAction.Update);
        }
        finally
        {
            acting.Release();
        }
    }

    /// <summary>Replaces the egress policy in the network, and in the record for later starts.</summary>
    /// <exception cref="HearthException">The container has no network with a policy, or an entry is invalid.</exception>
    public async Task ConfineAsync(EgressRules rules, IContainerNetwork? network, CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            (network ?? throw NoPolicy(Description.Name)).Confine(rules);
            Record(store.ChangeDescription(container.Id, before => before with { Network = rules.AddTo(before.Network) }));
            events.Report(Description, EventAction.Update);
        }
        finally
        {
            acting.Release();
        }
    }

    /// <exception cref="HearthException">The name is in use or invalid.</exception>
    public void Rename(string name)
    {
        (ContainerDescription before, ContainerDescription after) = store.Rename(container.Id, name);
        Record(after);
        events.Report(after, EventAction.Rename, ContainerEvents.OldName(before.Name));
    }
}
