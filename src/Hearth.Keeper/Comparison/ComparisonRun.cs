using System.Text;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control.Attachment;
using Hearth.Keeper.Parts;
using Hearth.Keeper.Running;
using Hearth.Records.Recovery;
using Hearth.Rootfs.Cache;

namespace Hearth.Keeper.Comparison;

/// <summary>
/// Compares several ways to provide one tree to a guest.
/// <list type="number">
/// <item>Each mode prepares the root without a cached plan or image, into a separate cache, and runs a first command.</item>
/// <item>Each workload runs once in each mode, unmeasured, so that every mode finds its source in the page cache.</item>
/// <item>The measured rounds: each round runs every mode, so that other load on the host affects all modes alike.</item>
/// </list>
/// Every run uses a new machine. The cache is removed at the end of the comparison.
/// </summary>
public sealed class ComparisonRun(ComparisonRequest request, HearthDirectories directories, TimeProvider clock)
{
    private readonly Dictionary<string, List<double>> preparations = [];
    private RunReport? example;
    private ImageCache? cache;

    /// <param name="progress">Receives a description of each next step, for users who wait.</param>
    /// <param name="cancellationToken">Ends the running guest and the comparison.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="HearthException">The state or run directory cannot be written.</exception>
    public async Task<RootfsComparison> ExecuteAsync(Action<string> progress, CancellationToken cancellationToken)
    {
        // Recorded like a container's files: if this process is killed, the next run removes the cache.
        ContainerId id = ContainerId.New();
        string path = Path.Combine(directories.Scratch, $"{id}.bench");
        RunDirectory directory = RunDirectory.Create(directories, new RunResources
        {
            Id = id.ToString(),
            Owner = ProcessIdentity.Current,
            Files = [path],
            Created = clock.GetUtcNow(),
        });
        try
        {
            cache = new ImageCache(path, new ByteSize(long.MaxValue), clock) { Diagnose = diagnostic => progress(diagnostic.Text) };
            return await CompareAsync(progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            directory.Delete();
        }
    }

    private async Task<RootfsComparison> CompareAsync(Action<string> progress, CancellationToken cancellationToken)
    {
        List<ModeFigures> figures = [];
        foreach (ComparedMode mode in request.Modes)
        {
            progress($"{mode.Name}: prepare, first output");
            figures.Add(await PrepareAsync(mode, cancellationToken).ConfigureAwait(false));
        }

        foreach (Workload workload in Workload.All)
        {
            await MeasureAsync(workload, figures, progress, cancellationToken).ConfigureAwait(false);
        }

        return new RootfsComparison
        {
            Source = request.Container.Spec.Root!.Path,
            Rounds = request.Rounds,
            Vmm = example?.Vmm,
            Accelerator = example?.Accelerator,
            Files = example?.Rootfs?.Files ?? 0,
            ContentBytes = example?.Rootfs?.ContentBytes ?? 0,
            Modes = [.. figures.Select(mode => mode with { PrepareAgainMs = Median(preparations.GetValueOrDefault(mode.Mode)) })],
        };
    }

    private async Task<ModeFigures> PrepareAsync(ComparedMode mode, CancellationToken cancellationToken)
    {
        (RunOutcome outcome, string? error) = await RunAsync(mode, Workload.FirstOutput, cancellationToken).ConfigureAwait(false);
        if (error is not null)
        {
            return new ModeFigures { Mode = mode.Name, Error = error };
        }

        example = outcome.Report;
        return new ModeFigures
        {
            Mode = mode.Name,
            PrepareMs = PreparationMs(outcome.Report),
            FirstOutputMs = outcome.Report.Phases.First(phase => phase.Name == PhaseNames.FirstOutput).EndMs,
            SourceBytes = outcome.Report.Rootfs!.BytesRead,
            DiskBytes = outcome.Report.Rootfs.DiskBytes,
        };
    }

    private async Task MeasureAsync(Workload workload, List<ModeFigures> figures, Action<string> progress, CancellationToken cancellationToken)
    {
        double[][] times = [.. figures.Select(_ => new double[request.Rounds])];
        for (int round = -1; round < request.Rounds; round++)
        {
            for (int i = 0; i < figures.Count; i++)
            {
                if (figures[i].Error is not null)
                {
                    continue;
                }

                progress($"{request.Modes[i].Name}: {workload.Name}, " + (round < 0 ? "warming up" : $"round {round + 1} of {request.Rounds}"));
                (RunOutcome outcome, string? error) = await RunAsync(request.Modes[i], workload, cancellationToken).ConfigureAwait(false);
                if (outcome.ExitCode == ExitCodes.CommandNotFound)
                {
                    return; // The tree does not contain the program, in any mode.
                }

                if (error is not null)
                {
                    figures[i] = figures[i] with { Error = $"{workload.Name}: {error}" };
                }
                else if (round >= 0)
                {
                    times[i][round] = WorkloadMs(outcome.Report);
                    NotePreparation(figures[i].Mode, outcome.Report);
                }
            }
        }

        for (int i = 0; i < figures.Count; i++)
        {
            if (figures[i].Error is null)
            {
                WorkloadFigures measured = new(workload.Name, Median(times[i]), times[i].Min());
                figures[i] = figures[i] with { Workloads = [.. figures[i].Workloads, measured] };
            }
        }
    }

    /// <returns>The run, and why its figures are invalid; null if they are valid.</returns>
    private async Task<(RunOutcome Outcome, string? Error)> RunAsync(ComparedMode mode, Workload workload, CancellationToken cancellationToken)
    {
        ContainerDescription description = request.Container with
        {
            Rootfs = mode.Rootfs,
            Spec = request.Container.Spec with { Process = request.Container.Spec.Process! with { Args = workload.Arguments } },
        };
        using ContainerRun container = new(description, new RunContext(directories, clock, clock.GetTimestamp()) { Cache = cache });
        using MemoryStream errors = new();
        RunOutcome outcome = await container.ExecuteAsync(new WorkloadStreams { Output = Stream.Null, Error = errors }, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        string said = Encoding.UTF8.GetString(errors.ToArray()).Split('\n')[0];
        return (outcome, outcome.Failure?.Message ?? (outcome.ExitCode == 0 ? null : $"the command ended with {outcome.ExitCode}: {said}"));
    }

    private void NotePreparation(string mode, RunReport report)
    {
        if (!preparations.TryGetValue(mode, out List<double>? times))
        {
            preparations.Add(mode, times = []);
        }

        times.Add(PreparationMs(report));
    }

    private static double PreparationMs(RunReport report) =>
        report.Phases.Where(phase => PhaseNames.IsPreparation(phase.Name)).Max(phase => phase.EndMs);

    private static double Median(IEnumerable<double>? times)
    {
        double[] sorted = [.. times ?? []];
        Array.Sort(sorted);
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }

    private static double WorkloadMs(RunReport report) =>
        report.Phases.First(phase => phase.Name == PhaseNames.Exit).StartMs - report.Phases.First(phase => phase.Name == PhaseNames.Process).EndMs;
}
