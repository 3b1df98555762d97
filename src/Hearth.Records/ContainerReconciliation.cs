using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Records.Events;

namespace Hearth.Records;

/// <summary>
/// Records the end of containers whose keeper was killed: nothing of a container outlives its keeper. Removes those that are set
/// to be removed at their end. Several passes may run at the same time.
/// </summary>
public sealed class ContainerReconciliation(ContainerStore store, ContainerEvents events, TimeProvider clock)
{
    /// <returns>A warning for each container.</returns>
    public IReadOnlyList<Diagnostic> Run()
    {
        List<Diagnostic> diagnostics = [];
        try
        {
            store.RemoveUnfinished();
            foreach (string id in store.FindAbandoned(damaged => diagnostics.Add(Diagnostic.Warning(DiagnosticCode.RecordUnreadable, damaged.Message))))
            {
                TrySettle(id);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            NotSettled(exception);
        }

        return diagnostics;

        // One container that cannot be settled keeps no other from it.
        void TrySettle(string id)
        {
            try
            {
                Settle(id, diagnostics);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or HearthException)
            {
                NotSettled(exception);
            }
        }

        void NotSettled(Exception exception) => diagnostics.Add(
            Diagnostic.Warning(DiagnosticCode.CrashNotSettled, $"cannot update the states of the containers in '{store.Directories.Records}': {exception.Message}"));
    }

    private void Settle(string id, List<Diagnostic> diagnostics)
    {
        using ContainerHold? hold = TryHold(id);
        if (hold is null || store.TryRead(id) is not { State: { Keeper: not null, IsHeld: false } } container)
        {
            return;
        }

        if (container.Description.AutoRemove)
        {
            store.Remove(container);
            events.Report(container.Description, EventAction.Die, ContainerEvents.ExitCode(ExitCodes.Killed));
            try
            {
                store.RemoveVolumes(container);
            }
            finally
            {
                events.Report(container.Description, EventAction.Destroy);
            }

            diagnostics.Add(Diagnostic.Warning(DiagnosticCode.CrashSettled, $"removed container '{container.Name}', whose keeper was killed"));
            return;
        }

        bool ran = container.State.Status is ContainerStatus.Running or ContainerStatus.Paused;
        store.WriteState(id, ContainerMoves.Make(container.State, ContainerMove.End, container.Name) with
        {
            ExitCode = ExitCodes.Killed,
            Signal = Linux.Processes.SignalNumber.Kill,
            Error = container.State.Boot == HostBoot.Current ? $"its keeper (process {container.State.Keeper.Pid}) was killed" : "the host went down",
            FinishedAt = clock.GetUtcNow(),
        });
        if (ran)
        {
            events.Report(container.Description, EventAction.Die, ContainerEvents.ExitCode(ExitCodes.Killed));
        }

        diagnostics.Add(Diagnostic.Warning(DiagnosticCode.CrashSettled, $"container '{container.Name}' has ended: its keeper was killed"));
    }

    private ContainerHold? TryHold(string id)
    {
        try
        {
            return store.TryHold(id);
        }
        catch (HearthException gone) when (gone.Error == HearthError.ContainerUnknown)
        {
            return null;
        }
    }
}
