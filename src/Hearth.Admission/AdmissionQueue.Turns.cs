using Hearth.Containers;

namespace Hearth.Admission;

/// <content>What a start has from the queue: a turn for its boot, and before it perhaps a place.</content>
public sealed partial class AdmissionQueue
{
    private void KeepLocked(string id) => kept[id] = kept.GetValueOrDefault(id) + 1;

    /// <summary>Ends a turn or a place of a container. With the last one, its size is free if it does not run.</summary>
    /// <param name="id">The container.</param>
    /// <param name="isBoot">Whether it was a turn.</param>
    /// <param name="mayRun">Whether it has started.</param>
    private void EndKeeping(string id, bool isBoot, bool mayRun)
    {
        lock (gate)
        {
            booting -= isBoot ? 1 : 0;
            if (--kept[id] == 0)
            {
                kept.Remove(id);
                if (!mayRun)
                {
                    held.Remove(id);
                }
            }

            Admit();
        }

        // Its end, if it came before, has released nothing.
        if (mayRun && hasEnded?.Invoke(id) == true)
        {
            Release(id);
        }
    }

    private sealed record Waiting(string Id, string Name, MachineShape Shape, int Priority)
    {
        /// <summary>What is refused, as the verb after "cannot".</summary>
        public string Act { get; init; } = "start";

        /// <summary>Whether its size is counted already.</summary>
        public bool HasPlace { get; init; }

        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A start that may boot, until it is disposed of. Unless it started, its machine's size is free again then.</summary>
    public sealed class Turn(AdmissionQueue queue, string id, long requested, TimeSpan queued) : IDisposable
    {
        private bool hasStarted;
        private bool isOver;

        /// <summary>The clock's timestamp of the request.</summary>
        public long Requested { get; } = requested;

        public TimeSpan Queued { get; } = queued;

        /// <summary>The process runs.</summary>
        public void Started() => hasStarted = true;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref isOver, true))
            {
                queue.EndKeeping(id, isBoot: true, hasStarted);
            }
        }
    }

    /// <summary>The size of a running container for its next run, until it is disposed of.</summary>
    public sealed class Place(AdmissionQueue queue, ContainerDescription container) : IDisposable
    {
        private bool isOver;

        /// <summary>Waits for the boot's turn. Nothing refuses it: the last run has ended for it.</summary>
        public Task<Turn> EnterAsync() => queue.EnterAsync(container);

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref isOver, true))
            {
                queue.EndKeeping(container.Id, isBoot: false, mayRun: true);
            }
        }
    }
}
