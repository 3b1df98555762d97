using Hearth.Containers;

namespace Hearth.Worker.Admission;

/// <summary>
/// Decides when starts begin. Each start takes a turn for its boot, and its machine's size until the container ends. Starts wait
/// in the order of their priority, then of their arrival: the first waits until it fits, so small ones cannot overtake it for ever.
/// </summary>
internal sealed class AdmissionQueue(AdmissionLimits limits, TimeProvider clock)
{
    /// <summary>The label of a container whose starts go first: a number, 0 for all without one.</summary>
    public const string PriorityLabel = "hearth.priority";

    /// <summary>Boots at once for each processor where the processor runs guests itself.</summary>
    private const int BootsPerProcessor = 8;

    private readonly Lock gate = new();
    private readonly Dictionary<string, MachineShape> held = new(StringComparer.Ordinal);
    private readonly LinkedList<Waiting> queue = [];
    private int booting;
    private bool isEmulated = true;
    private bool isDraining;

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

    /// <summary>True to refuse all starts, also those that wait.</summary>
    public bool IsDraining
    {
        get
        {
            lock (gate)
            {
                return isDraining;
            }
        }

        set
        {
            lock (gate)
            {
                isDraining = value;
                for (LinkedListNode<Waiting>? node = queue.First; isDraining && node is not null; node = queue.First)
                {
                    queue.Remove(node);
                    node.Value.Turn.TrySetException(Draining($"start container '{node.Value.Name}'"));
                }
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

    /// <summary>Notes that a container has ended.</summary>
    public void Release(string id)
    {
        lock (gate)
        {
            if (held.Remove(id))
            {
                Admit();
            }
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
            if (isDraining)
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
            Occupancy now = Occupancy;
            throw new AdmissionException(
                $"cannot start container '{container.Name}': its turn did not come within {limits.Deadline.TotalSeconds:0.###} s; " +
                $"{now.Booting} of {MostBoots} boots, {new ByteSize(now.Memory)} of {limits.Memory} of memory are in use; try again, or on another worker",
                mayRetry: true);
        }

        return new Turn(this, container.Id, begin, clock.GetElapsedTime(begin));
    }

    private static int PriorityOf(ContainerDescription container) =>
        container.Labels.TryGetValue(PriorityLabel, out string? text) && int.TryParse(text, out int priority) ? priority : 0;

    private void RequireFitsEver(Waiting waiting)
    {
        if (DemandOf(waiting.Shape) > limits.Memory.Bytes)
        {
            throw new AdmissionException(
                $"cannot start container '{waiting.Name}': it needs {new ByteSize(DemandOf(waiting.Shape))} of memory with {limits.Overhead} of overhead, and this worker has {limits.Memory}; give it less, or the worker more (--capacity-memory)",
                mayRetry: false);
        }

        if (limits.Processors > 0 && waiting.Shape.VirtualCpus > limits.Processors)
        {
            throw new AdmissionException(
                $"cannot start container '{waiting.Name}': it needs {waiting.Shape.VirtualCpus} processors, and this worker has {limits.Processors}; give it fewer, or the worker more (--capacity-cpus)",
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
        while (queue.First is { Value: var first } && booting < MostBoots && Fits(first))
        {
            queue.RemoveFirst();
            booting++;
            held[first.Id] = first.Shape;
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

    private void EndBoot(string id, bool hasStarted)
    {
        lock (gate)
        {
            booting--;
            if (!hasStarted)
            {
                held.Remove(id);
            }

            Admit();
        }
    }

    private sealed record Waiting(string Id, string Name, MachineShape Shape, int Priority)
    {
        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A start that may boot, until it is disposed of. Unless it started, its machine's size is free again then.</summary>
    internal sealed class Turn(AdmissionQueue queue, string id, long requested, TimeSpan queued) : IDisposable
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
                queue.EndBoot(id, hasStarted);
            }
        }
    }
}

/// <summary>What is in use.</summary>
/// <param name="Containers">Those that run or boot.</param>
/// <param name="Processors">Of their machines.</param>
/// <param name="Memory">Of their machines, with the overhead, in bytes.</param>
/// <param name="Booting">Starts in progress.</param>
/// <param name="Waiting">Starts in the queue.</param>
internal readonly record struct Occupancy(int Containers, int Processors, long Memory, int Booting, int Waiting);
