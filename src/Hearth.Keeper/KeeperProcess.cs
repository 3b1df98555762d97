using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Health;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Keeper.Health;
using Hearth.Keeper.Parts;
using Hearth.Keeper.Parts.Root;
using Hearth.Keeper.Running;
using Hearth.Keeper.Sessions;
using Hearth.Keeper.Streams;
using Hearth.Linux.Processes;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Logs;
using Hearth.Records.Recovery;
using Hearth.Records.Starts;

namespace Hearth.Keeper;

/// <summary>
/// The process of one container's run, and the only owner of its parts: the served disk, the machine, the guest's channel, the
/// log and the control socket. The container does not depend on its clients. When a keeper dies, everything that it owns ends
/// with it. The next command removes what is left on the disk.
/// <list type="number">
/// <item>Lock the container, so that no other keeper can run it.</item>
/// <item>Listen on the control socket, and serve the client that started this process.</item>
/// <item>Run the container: prepare, boot, wait for the start, wait for the end, release everything.</item>
/// <item>Record how it ended; remove the container if it is to be removed automatically.</item>
/// <item>Reply to the waiting clients, and exit with the container's exit code.</item>
/// </list>
/// </summary>
public sealed class KeeperProcess : IDisposable
{
    /// <summary>How long to wait for the container's previous keeper to exit.</summary>
    private static readonly TimeSpan holdTimeout = TimeSpan.FromSeconds(30);

    private readonly ContainerStore store;
    private readonly KeeperStreams streams = new();
    private readonly HostEnvironment environment;
    private readonly RegistrySettings registries;
    private readonly TimeProvider clock;
    private readonly long startTimestamp;

    private KeeperProcess(ContainerStore store, HostEnvironment environment, RegistrySettings registries, TimeProvider clock, long startTimestamp)
    {
        this.store = store;
        this.environment = environment;
        this.registries = registries;
        this.clock = clock;
        this.startTimestamp = startTimestamp;
    }

    public void Dispose() => streams.Dispose();

    /// <param name="directories">The directories that contain the container's record.</param>
    /// <param name="id">The complete id.</param>
    /// <param name="starter">The connection of the client that started this process. It sends the first request.</param>
    /// <param name="environment">The environment variables of this program.</param>
    /// <param name="registries">How registries are reached.</param>
    /// <param name="clock">The source of the current time.</param>
    /// <param name="startTimestamp">The clock's timestamp of the start request: the zero of all phases.</param>
    /// <returns>The container's exit code.</returns>
    public static async Task<int> RunAsync(HearthDirectories directories, string id, Socket starter, HostEnvironment environment, RegistrySettings registries, TimeProvider clock, long startTimestamp)
    {
        using KeeperProcess keeper = new(new ContainerStore(directories, clock), environment, registries, clock, startTimestamp);
        try
        {
            return await keeper.RunAsync(id, starter).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            HearthException failure = RunFailures.TranslateOrReport(exception, $"keep container {id[..12]}", directories, clock);
            using ControlConnection connection = new(starter);
            await connection.SendAsync(new FailedReply(failure.Error, failure.Message)).ConfigureAwait(false);
            return failure.ExitCode;
        }
    }

    private async Task<int> RunAsync(string id, Socket starter)
    {
        // 1. Lock the container.
        ContainerHold hold = await HoldAsync(id).ConfigureAwait(false);
        try
        {
            Container container = store.TryRead(id) ?? throw new HearthException(HearthError.ContainerUnknown, $"cannot run container {id}: it has been removed");
            RunDirectory directory = RunDirectory.Create(
                store.Directories, new RunResources { Id = id, Owner = ProcessIdentity.Current, Created = clock.GetUtcNow() });
            try
            {
                return await RunAsync(container, directory, hold, starter).ConfigureAwait(false);
            }
            catch
            {
                // A failure outside the run. The run releases its own resources, so only the directory is left.
                Attempt(directory.Delete, DiagnosticCode.ReleaseFailed, []);
                throw;
            }
        }
        finally
        {
            hold.Dispose();
        }
    }

    private async Task<int> RunAsync(Container container, RunDirectory directory, ContainerHold hold, Socket starter)
    {
        using KeeperLife life = new(container, store, new ContainerEvents(store.Directories, clock), HostBoot.Current, clock);
        using ContainerRun run = new(container.Description, directory, life, ContextOf(container) with
        {
            Fetched = notice => life.Events.Report(life.Description, RootImage.ActionOf(notice.Kind), (EventAttribute.Reason, notice.Text)),
            Denied = denied => life.Events.Report(life.Description, EventAction.Deny, ContainerEvents.Of(denied)),
        });
        using EngineStreams? engine = container.Description.Engine is null ? null : EngineStreams.Take(container.Description.Spec.Process!.Terminal, streams.Hub);
        using SignalRelay signals = new(signal => run.Signal(signal), () => engine?.ReportSize(run.Resize));
        using ContainerLog log = ContainerLog.Open(container.RecordDirectory, container.Description.Log, clock);
        if (engine is null)
        {
            streams.Hub.Add(new LogSink(log));
        }

        life.Begin();

        // 2. Listen, and serve the client that started this process.
        using CancellationTokenSource ending = new();
        Task checking = CheckAsync(container.Description.Health, life, ending.Token);
        using IdleMemory memory = new(clock);
        Task started = NoteStartAsync(life, run, () =>
        {
            memory.Touch();
            engine?.ReportSize(run.Resize);
        });
        using KeeperClients clients = new(ControlSocket.Listen(directory.Path), connection => ServeAsync(new KeeperSession(connection, life, streams, run, clock), memory));
        Task accepting = clients.AcceptAsync();
        _ = EndWithoutStarterAsync(clients.Serve(starter), life, run);

        // 3. Run the container.
        RunOutcome outcome = await run.ExecuteAsync(new WorkloadStreams
        {
            Input = engine?.Input ?? (container.Description.Interactive ? streams.Input.Reader : null),
            Output = streams.Hub.Output,
            Error = streams.Hub.Error,
        }).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await checking.ConfigureAwait(false);
        streams.Input.End();
        log.End(LogStream.StandardOutput);
        log.End(LogStream.StandardError);

        // 4. Record how it ended.
        await (life.Started.IsCompleted ? started : Task.CompletedTask).ConfigureAwait(false);
        EndedReply reply = Finish(container, directory, life, outcome, log.Faults);
        clients.Close();
        await accepting.ConfigureAwait(false);
        hold.Dispose();

        // 5. Reply to the waiting clients.
        life.PublishEnd(reply);
        await clients.DrainAsync().ConfigureAwait(false);
        return outcome.ExitCode;
    }

    /// <summary>Records the start when the process runs.</summary>
    private async Task NoteStartAsync(KeeperLife life, ContainerRun run, Action started)
    {
        await ((Task)life.Started).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        started();
        if (life.Started.IsCompletedSuccessfully)
        {
            Record(life.Description, StartStage.Started, run.Observe());
        }
    }

    /// <summary>Releases memory after a client, unless it only read a report.</summary>
    private static async Task<bool> ServeAsync(KeeperSession session, IdleMemory memory)
    {
        bool hasStarted = await session.ServeAsync().ConfigureAwait(false);
        if (session.HasWorked)
        {
            memory.Touch();
        }

        return hasStarted;
    }

    /// <summary>Checks the container's health from its start on.</summary>
    private async Task CheckAsync(HealthCheck? check, KeeperLife life, CancellationToken ending)
    {
        if (check is not { Command.Count: > 0 })
        {
            return;
        }

        await ((Task)life.Started).WaitAsync(ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        HealthProcess process = new(check, life, clock);
        await new HealthMonitor(check, process.ProbeAsync, () => life.State, (probe, sinceStart) => life.Record(probe, check, sinceStart), clock).RunAsync(ending).ConfigureAwait(false);
    }

    private async Task<ContainerHold> HoldAsync(string id)
    {
        try
        {
            return await store.HoldAsync(id, holdTimeout, clock, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new HearthException(HearthError.WrongState, $"container {id[..12]} is held by another process: it runs already, or is being removed");
        }
    }

    /// <summary>Ends the run if the starting client disconnects before it requests the start: no other client would start it.</summary>
    private static async Task EndWithoutStarterAsync(Task<bool> hasStarted, KeeperLife life, ContainerRun run)
    {
        if (!await hasStarted.ConfigureAwait(false) && !life.Ended.IsCompleted)
        {
            run.EndByForce();
        }
    }

    private RunContext ContextOf(Container container) => KeptContainer.ContextOf(container, store.Directories, clock, startTimestamp) with
    {
        Cache = KeptContainer.CacheOf(container, clock, streams.Diagnostics.Add),
        Environment = environment,
        Registries = registries,
        Diagnose = streams.Diagnostics.Add,
    };

    private EndedReply Finish(Container container, RunDirectory directory, KeeperLife life, RunOutcome outcome, IReadOnlyList<string> faults)
    {
        List<Diagnostic> diagnostics = [.. outcome.Diagnostics, .. Diagnostic.Warnings(DiagnosticCode.LogFault, faults)];
        Attempt(() => life.End(outcome), DiagnosticCode.EndNotRecorded, diagnostics);
        Record(life.Description, StartStage.Ended, outcome.Report);
        Attempt(directory.Delete, DiagnosticCode.ReleaseFailed, diagnostics);
        if (container.Description.AutoRemove)
        {
            ContainerDescription last = life.Description;
            Attempt(() => store.Remove(container with { Description = last }), DiagnosticCode.RemovalFailed, diagnostics);
            Attempt(() => store.RemoveVolumes(container with { Description = last }), DiagnosticCode.RemovalFailed, diagnostics);
            life.Events.Report(last, EventAction.Destroy);
        }

        return new EndedReply(outcome.ExitCode, outcome.Signal, outcome.OutOfMemory)
        {
            Failure = outcome.Failure is { } failure ? new FailedReply(failure.Error, failure.Message) : null,
            Diagnostics = diagnostics,
            Report = outcome.Report,
        };
    }

    /// <summary>Records the start for those who watch this host; one that cannot be recorded is no fault of the run.</summary>
    private void Record(ContainerDescription description, StartStage stage, RunReport report)
    {
        DateTimeOffset now = clock.GetUtcNow();
        _ = new StartJournal(store.Directories).Append(new StartRecord(
            description.Id, description.Name, description.Image?.Name ?? description.Spec.Root!.Path, now - clock.GetElapsedTime(startTimestamp), now, stage, report));
    }

    /// <summary>Runs one step of the ending. A failure does not stop the others; the next command cleans up what is left.</summary>
    private static void Attempt(Action act, DiagnosticCode code, List<Diagnostic> diagnostics)
    {
        try
        {
            act();
        }
        catch (Exception exception) when (exception is HearthException or IOException or UnauthorizedAccessException)
        {
            diagnostics.Add(Diagnostic.Warning(code, exception.Message));
        }
    }
}
