using Hearth.Admission;
using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Rendering.Metrics;
using Hearth.Worker.Docker.Restarts;

namespace Hearth.Worker.Metrics;

/// <summary>
/// Reads all metrics when somebody asks for them. Records and processes are read from files. A keeper is asked only if it has read
/// or written since it was asked last; at most <see cref="MostQuestions"/> are asked at once, and those that are stopped are not.
/// </summary>
internal sealed class MetricsCollector(Engine engine, RunTotals totals, RunFollowing runs)
{
    private const int MostQuestions = 16;

    /// <summary>Prometheus gives up after ten seconds. A keeper answers within milliseconds, unless the host is overloaded.</summary>
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(1);

    private readonly ContainerRecords records = new(engine);
    private readonly DiskReading disk = new(engine.Options.Directories, engine.Clock);

    /// <param name="hasContainers">Whether to give a series for each container.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IReadOnlyList<MetricFamily>> CollectAsync(bool hasContainers, CancellationToken cancellationToken)
    {
        IReadOnlyList<Container> containers = records.Read();
        KeptProcesses[] kept = [.. containers.Select(KeptProcesses.TryRead).OfType<KeptProcesses>()];
        int silent = await AskAsync(kept, cancellationToken);
        IReadOnlyDictionary<string, double> disks = await disk.ReadAsync(timeout);
        return
        [
            .. ProcessMetrics.Read(),
            MetricFamily.Of(MetricList.Containers, CountByState(containers, kept)),
            .. AdmissionFamilies(engine.Admission.Limits, engine.Admission.Occupancy),
            .. totals.Families,
            MetricFamily.Of(MetricList.Backlog, kept.Sum(each => runs.Find(each.Container.Id)?.BacklogInBytes ?? 0)),
            MetricFamily.Of(MetricList.KeeperMemory, kept.Sum(each => each.Keeper.ResidentBytes)),
            MetricFamily.Of(MetricList.MachineMemory, kept.Sum(each => each.Machine?.ResidentBytes ?? 0)),
            MetricFamily.Of(MetricList.SilentKeepers, silent),
            MetricFamily.Of(MetricList.Disk, disks),
            .. HostMetrics.Read(disk.ReadFileSystem()),
            .. hasContainers ? ContainerFamilies(kept) : [],
        ];
    }

    /// <summary>A container whose keeper was killed has ended, even if its record does not say so yet.</summary>
    private IEnumerable<KeyValuePair<string, double>> CountByState(IEnumerable<Container> containers, IEnumerable<KeptProcesses> kept)
    {
        HashSet<string> held = [.. kept.Select(each => each.Container.Id)];
        Dictionary<string, int> found = containers.CountBy(container => StateOf(container, held.Contains(container.Id))).ToDictionary();
        return Enum.GetValues<ContainerStatus>().Select(WordOf).Append(RestartState.Word).Select(state => KeyValuePair.Create(state, (double)found.GetValueOrDefault(state)));
    }

    private string StateOf(Container container, bool isHeld) =>
        engine.Restarts.StateOf(container).IsWaiting ? RestartState.Word
        : container.State.Status is ContainerStatus.Running or ContainerStatus.Paused && !isHeld ? WordOf(ContainerStatus.Exited)
        : WordOf(container.State.Status);

    private static string WordOf(ContainerStatus status) => status.ToString().ToLowerInvariant();

    /// <returns>How many did not answer.</returns>
    private async Task<int> AskAsync(IEnumerable<KeptProcesses> kept, CancellationToken cancellationToken)
    {
        int silent = 0;
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ITimer timer = engine.Clock.CreateTimer(_ => deadline.Cancel(), null, timeout, Timeout.InfiniteTimeSpan);
        await Parallel.ForEachAsync(kept, new ParallelOptions { MaxDegreeOfParallelism = MostQuestions }, async (each, _) =>
        {
            if (each.Keeper.IsStopped)
            {
                Interlocked.Increment(ref silent);
                return;
            }

            if (runs.Find(each.Container.Id) is not { } run || (run.AskedAt == each.ReadsAndWrites && run.BacklogInBytes == 0))
            {
                return;
            }

            try
            {
                run.BacklogInBytes = (await runs.ReadAsync(each.Container.Id, run, deadline.Token)).BacklogInBytes;
                run.AskedAt = each.ReadsAndWrites;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Interlocked.Increment(ref silent);
            }
            catch (Exception exception) when (exception is HearthException or IOException)
            {
                // It has just ended, or does not know the question.
            }
        });
        return silent;
    }

    private static IEnumerable<MetricFamily> AdmissionFamilies(AdmissionLimits limits, Occupancy used) =>
    [
        MetricFamily.Of(MetricList.Queue, used.Waiting),
        MetricFamily.Of(MetricList.Capacity, limits.Memory.Bytes),
        MetricFamily.Of(MetricList.CapacityUsed, used.Memory),
    ];

    private IEnumerable<MetricFamily> ContainerFamilies(IReadOnlyList<KeptProcesses> kept) =>
    [
        FamilyOf(MetricList.ContainerProcessorTime, kept, each => each.Machine?.ProcessorTime.TotalSeconds ?? 0),
        FamilyOf(MetricList.ContainerMemory, kept, each => each.Keeper.ResidentBytes + (each.Machine?.ResidentBytes ?? 0)),
        FamilyOf(MetricList.ContainerRead, kept, each => runs.Find(each.Container.Id)?.Last?.Rootfs?.BytesRead ?? 0),
    ];

    private static MetricFamily FamilyOf(Metric metric, IEnumerable<KeptProcesses> kept, Func<KeptProcesses, double> value) =>
        new(metric, [.. kept.Select(each => new MetricSample([each.Container.Id, each.Container.Name], value(each)))]);
}

/// <summary>A container that a keeper has, and what its processes use.</summary>
internal sealed record KeptProcesses(Container Container, ProcessUsage Keeper, ProcessUsage? Machine)
{
    /// <summary>The keeper's <see cref="ProcessUsage.CountReadsAndWrites"/>.</summary>
    public long? ReadsAndWrites { get; } = ProcessUsage.CountReadsAndWrites(Container.State.Keeper!.Pid);

    /// <returns>Null if no keeper has the container.</returns>
    public static KeptProcesses? TryRead(Container container) =>
        container.State is { Keeper: { } keeper, Boot: var boot } && boot == HostBoot.Current && UsageOf(keeper) is { } usage
            ? new KeptProcesses(container, usage, container.State.Machine is { } machine ? UsageOf(machine) : null)
            : null;

    private static ProcessUsage? UsageOf(ProcessIdentity process) => ProcessUsage.TryRead(process.Pid) is { } usage && usage.StartTime == process.StartTime ? usage : null;
}
