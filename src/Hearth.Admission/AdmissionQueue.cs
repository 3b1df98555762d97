using Hearth.Containers;

namespace Hearth.Admission;

/// <summary>
/// Decides when starts begin. Each start takes a turn for its boot, and its machine's size until the container ends. Starts wait
/// in the order of their priority, then of their arrival: the first waits until it fits, so small ones cannot overtake it for ever.
/// </summary>
/// <param name="limits">How much this host takes.</param>
/// <param name="clock">Measures waits.</param>
/// <param name="hasEnded">Whether a container that has started has ended meanwhile; null if <see cref="Release"/> always says so.</param>
public sealed partial class AdmissionQueue(AdmissionLimits limits, TimeProvider clock, Func<string, bool>? hasEnded = null)
{
    /// <summary>The label of a container whose starts go first: a number, 0 for all without one.</summary>
    public const string PriorityLabel = "hearth.priority";

    /// <summary>Those that have a place go before all others.</summary>
    private const int MostPriority = int.MaxValue - 1;

    /// <summary>Boots at once for each processor where the processor runs guests itself.</summary>
    private const int BootsPerProcessor = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<string, MachineShape> held = new(StringComparer.Ordinal);
    private readonly LinkedList<Waiting> queue = [];

    /// <summary>How many turns and places a container has. While it has one, the end of its last run does not release its size.</summary>
    private readonly Dictionary<string, int> kept = new(StringComparer.Ordinal);

    private TaskCompletionSource? opening;
    private int booting;
    private bool isEmulated = true;

    public AdmissionLimits Limits => limits;

    /// <summary>Emulated guests that boot side by side misjudge their timers, so each has a processor.</summary>
    public int MostBoots => limits.Boots > 0 ? limits.Boots : Environment.ProcessorCount * (isEmulated ? 1 : BootsPerProcessor);

    public Occupancy Occupancy
    {
        get
        {
            lock (gate)
            {
                return new Occupancy(held.Count, held.Values.Sum(shape => shape.VirtualCpus), held.Values.Sum(DemandOf), booting, queue.Count);
            }
        }
    }

    /// <summary>True to refuse all starts, also those that wait, except of containers that have a place.</summary>
    public bool IsDraining
    {
        get
        {
            lock (gate)
            {
                return opening is not null;
            }
        }

        set
        {
            lock (gate)
            {
                if (!value)
                {
                    opening?.SetResult();
                    opening = null;
                    return;
                }

                opening ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                foreach (Waiting refused in queue.Where(waiting => !waiting.HasPlace).ToArray())
                {
                    queue.Remove(refused);
                    refused.Turn.TrySetException(Draining($"start container '{refused.Name}'"));
                }
            }
        }
    }

    /// <summary>Waits while the queue refuses all starts.</summary>
    public async Task WaitUntilOpenAsync(CancellationToken cancellationToken)
    {
        while (Opening is { } task)
        {
            await task.WaitAsync(cancellationToken);
        }
    }

    private Task? Opening
    {
        get
        {
            lock (gate)
            {
                return opening?.Task;
            }
        }
    }

    /// <summary>Notes how the last guest ran; the number of boots at once depends on it.</summary>
    public void NoteAccelerator(string? accelerator)
    {
        lock (gate)
        {
            isEmulated = accelerator != "kvm";
            Admit();
        }
    }

    /// <summary>Notes a running container, also one that another program started.</summary>
    public void Hold(string id, MachineShape shape)
    {
        lock (gate)
        {
            held[id] = shape;
        }
    }

    /// <summary>Notes that a container has ended. Its turn or place goes on, if it has one: it starts again.</summary>
    public void Release(string id)
    {
        lock (gate)
        {
            if (!kept.ContainsKey(id) && held.Remove(id))
            {
                Admit();
            }
        }
    }

    /// <summary>Keeps the size of a running container for its next run, whatever happens to the queue until then.</summary>
    /// <param name="container">The container.</param>
    /// <exception cref="AdmissionException">The host takes no new containers, or the container has become too large for it.</exception>
    public Place Keep(ContainerDescription container)
    {
        Waiting waiting = new(container.Id, container.Name, container.Shape, PriorityOf(container)) { Act = "restart" };
        lock (gate)
        {
            if (opening is not null)
            {
                throw Draining($"restart container '{container.Name}'");
            }

            bool isLarger = !held.TryGetValue(container.Id, out MachineShape? now) || now.MemoryInMebibytes < waiting.Shape.MemoryInMebibytes || now.VirtualCpus < waiting.Shape.VirtualCpus;
            if (isLarger)
            {
                RequireFitsEver(waiting);
            }

            if (isLarger && !Fits(waiting))
            {
                throw new AdmissionException(
                    $"cannot restart container '{container.Name}': with its new size it does not fit beside the others; {InUse()}; stop others, or start it on another worker", mayRetry: true);
            }

            held[container.Id] = container.Shape;
            KeepLocked(container.Id);
            return new Place(this, container);
        }
    }

    /// <exception cref="AdmissionException">The host takes no new containers.</exception>
    public void RequireOpen(string act)
    {
        if (IsDraining)
        {
            throw Draining(act);
        }
    }

    /// <summary>Waits for a start's turn.</summary>
    /// <param name="container">The container.</param>
    /// <param name="cancellationToken">Leaves the queue.</param>
    /// <exception cref="AdmissionException">It will never fit, its turn did not come in time, or the host drains.</exception>
    public async Task<Turn> EnterAsync(ContainerDescription container, CancellationToken cancellationToken)
    {
        long begin = clock.GetTimestamp();
        Waiting waiting = new(container.Id, container.Name, container.Shape, PriorityOf(container));
        RequireFitsEver(waiting);
        LinkedListNode<Waiting> node;
        lock (gate)
        {
            if (opening is not null)
            {
                throw Draining($"start container '{container.Name}'");
            }

            node = Enqueue(waiting);
            Admit();
        }

        try
        {
            await waiting.Turn.Task.WaitAsync(limits.Deadline, clock, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException && !TryLeave(node))
        {
            // It left the queue at the same moment.
            await waiting.Turn.Task;
        }
        catch (TimeoutException)
        {
            throw new AdmissionException(
                $"cannot start container '{container.Name}': its turn did not come within {limits.Deadline.TotalSeconds:0.###} s; {InUse()}; try again, or on another worker", mayRetry: true);
        }

        return new Turn(this, container.Id, begin, clock.GetElapsedTime(begin));
    }

    /// <summary>Waits for the turn of a container that has a place: only for its boot, before all others.</summary>
    private async Task<Turn> EnterAsync(ContainerDescription container)
    {
        long begin = clock.GetTimestamp();
        Waiting waiting = new(container.Id, container.Name, container.Shape, int.MaxValue) { HasPlace = true };
        lock (gate)
        {
            Enqueue(waiting);
            Admit();
        }

        await waiting.Turn.Task;
        return new Turn(this, container.Id, begin, clock.GetElapsedTime(begin));
    }

    private string InUse()
    {
        Occupancy now = Occupancy;
        return $"{now.Booting} of {MostBoots} boots, {new ByteSize(now.Memory)} of {limits.Memory} of memory are in use";
    }

    private static int PriorityOf(ContainerDescription container) =>
        container.Labels.TryGetValue(PriorityLabel, out string? text) && int.TryParse(text, out int priority) ? Math.Min(priority, MostPriority) : 0;

    private void RequireFitsEver(Waiting waiting)
    {
        if (DemandOf(waiting.Shape) > limits.Memory.Bytes)
        {
            throw new AdmissionException(
                $"cannot {waiting.Act} container '{waiting.Name}': it needs {new ByteSize(DemandOf(waiting.Shape))} of memory with {limits.Overhead} of overhead, and this worker has {limits.Memory}; give it less, or the worker more (--capacity-memory)",
                mayRetry: false);
        }

        if (limits.Processors > 0 && waiting.Shape.VirtualCpus > limits.Processors)
        {
            throw new AdmissionException(
                $"cannot {waiting.Act} container '{waiting.Name}': it needs {waiting.Shape.VirtualCpus} processors, and this worker has {limits.Processors}; give it fewer, or the worker more (--capacity-cpus)",
                mayRetry: false);
        }
    }

    private long DemandOf(MachineShape shape) => ((long)shape.MemoryInMebibytes << 20) + limits.Overhead.Bytes;

    private static AdmissionException Draining(string act) =>
        new($"cannot {act}: this worker is draining and takes no new containers; use another worker, or end the draining (DELETE /hearth/v1/drain)", mayRetry: true);

    /// <summary>Puts a start behind those that are as urgent.</summary>
    private LinkedListNode<Waiting> Enqueue(Waiting waiting)
    {
        LinkedListNode<Waiting>? before = queue.Last;
        while (before is not null && before.Value.Priority < waiting.Priority)
        {
            before = before.Previous;
        }

        return before is null ? queue.AddFirst(waiting) : queue.AddAfter(before, waiting);
    }

    /// <summary>Gives turns to those at the head of the queue that fit now.</summary>
    private void Admit()
    {
        while (queue.First is { Value: var first } && booting < MostBoots && (first.HasPlace || Fits(first)))
        {
            queue.RemoveFirst();
            booting++;
            held[first.Id] = first.Shape;
            KeepLocked(first.Id);
            first.Turn.TrySetResult();
        }
    }

    private bool Fits(Waiting waiting)
    {
        IEnumerable<MachineShape> others = held.Where(other => other.Key != waiting.Id).Select(other => other.Value);
        return others.Sum(DemandOf) + DemandOf(waiting.Shape) <= limits.Memory.Bytes
            && (limits.Processors == 0 || others.Sum(shape => shape.VirtualCpus) + waiting.Shape.VirtualCpus <= limits.Processors);
    }

    /// <returns>False if it had its turn.</returns>
    private bool TryLeave(LinkedListNode<Waiting> node)
    {
        lock (gate)
        {
            if (node.List is null)
            {
                return false;
            }

            queue.Remove(node);
            Admit();
            return true;
        }
    }
}
