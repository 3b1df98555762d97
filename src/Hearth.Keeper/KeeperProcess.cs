using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Keeper.Parts;
using Hearth.Keeper.Running;
using Hearth.Keeper.Sessions;
using Hearth.Keeper.Streams;
using Hearth.Linux.Processes;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Logs;
using Hearth.Records.Recovery;
using Hearth.Rootfs.Cache;

namespace Hearth.Keeper;

/// <summary>
/// The process of one container's run, and the only owner of its parts: the served disk, the machine, the guest's channel, the
/// log, the control socket. Clients come and go; the container does not depend on them. When a keeper dies, all that it owned ends
/// with it, and what is left on the disk is taken away by the next command.
/// <list type="number">
/// <item>Take the container, which no other keeper may have.</item>
/// <item>Listen on the control socket, and serve the client that started this process.</item>
/// <item>Run the container: prepare, boot, wait for the start, wait for the end, give everything back.</item>
/// <item>Write down how it ended; remove the container where it was to be removed.</item>
/// <item>Tell those who wait, and end with the process's status.</item>
/// </list>
/// </summary>
public sealed class KeeperProcess : IDisposable
{
    /// <summary>The last keeper of the same container has this long to go.</summary>
    private static readonly TimeSpan holdTimeout = TimeSpan.FromSeconds(30);

    private readonly ContainerStore store;
    private readonly KeeperStreams streams = new();
    private readonly HostEnvironment environment;
    private readonly TimeProvider clock;
    private readonly long startTimestamp;

    private KeeperProcess(ContainerStore store, HostEnvironment environment, TimeProvider clock, long startTimestamp)
    {
        this.store = store;
        this.environment = environment;
        this.clock = clock;
        this.startTimestamp = startTimestamp;
    }

    public void Dispose() => streams.Dispose();

    /// <param name="directories">Where the container is kept.</param>
    /// <param name="id">Whole.</param>
    /// <param name="starter">The connection of the client that started this process, which says what is to be done first.</param>
    /// <param name="environment">The variables of this program.</param>
    /// <param name="clock">Where the time comes from.</param>
    /// <param name="startTimestamp">When the start was asked for, by the clock: the zero of all phases.</param>
    /// <returns>The container's exit code.</returns>
    public static async Task<int> RunAsync(HearthDirectories directories, string id, Socket starter, HostEnvironment environment, TimeProvider clock, long startTimestamp)
    {
        using KeeperProcess keeper = new(new ContainerStore(directories, clock), environment, clock, startTimestamp);
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
        // 1. Take the container.
        ContainerHold hold = await HoldAsync(id).ConfigureAwait(false);
        try
        {
            Container container = store.TryRead(id) ?? throw new HearthException(HearthError.ContainerUnknown, $"container {id} is gone");
            RunDirectory directory = RunDirectory.Create(
                store.Directories, new RunResources { Id = id, Owner = ProcessIdentity.Current, Created = clock.GetUtcNow() });
            try
            {
                return await RunAsync(container, directory, hold, starter).ConfigureAwait(false);
            }
            catch
            {
                // A fault before the run, which gives back what it took by itself: the directory is all that there is.
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
        using ContainerRun run = new(container.Description, directory, life, ContextOf(container));
        using EngineStreams? engine = container.Description.Engine is null ? null : EngineStreams.Take(container.Description.Spec.Process!.Terminal, streams.Hub);
        using SignalRelay signals = new(signal => run.Signal(signal), () => engine?.ReportSize(run.Resize));
        using ContainerLog log = ContainerLog.Open(container.RecordDirectory, container.Description.Log, clock);
        if (engine is null)
        {
            streams.Hub.Add(new LogSink(log));
        }

        life.Begin();

        // 2. Listen, and serve the client that started this process.
        using IdleMemory memory = new(clock);
        _ = life.Started.ContinueWith(
            _ =>
            {
                memory.Touch();
                engine?.ReportSize(run.Resize);
            },
            TaskScheduler.Default);
        using KeeperClients clients = new(ControlSocket.Listen(directory.Path), async connection =>
        {
            bool hasStarted = await new KeeperSession(connection, life, streams, run, clock).ServeAsync().ConfigureAwait(false);
            memory.Touch();
            return hasStarted;
        });
        Task accepting = clients.AcceptAsync();
        _ = EndWithoutStarterAsync(clients.Serve(starter), life, run);

        // 3. Run the container.
        RunOutcome outcome = await run.ExecuteAsync(new WorkloadStreams
        {
            Input = engine?.Input ?? (container.Description.Interactive ? streams.Input.Reader : null),
            Output = streams.Hub.Output,
            Error = streams.Hub.Error,
        }).ConfigureAwait(false);
        streams.Input.End();
        log.End(LogStream.StandardOutput);
        log.End(LogStream.StandardError);

        // 4. Write down how it ended.
        EndedReply reply = Finish(container, directory, life, outcome, log.Faults);
        clients.Close();
        await accepting.ConfigureAwait(false);
        hold.Dispose();

        // 5. Tell those who wait.
        life.Tell(reply);
        await clients.DrainAsync().ConfigureAwait(false);
        return outcome.ExitCode;
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

    /// <summary>A client that goes away before it has said what it wants leaves nobody who would ever start the container.</summary>
    private static async Task EndWithoutStarterAsync(Task<bool> hasStarted, KeeperLife life, ContainerRun run)
    {
        if (!await hasStarted.ConfigureAwait(false) && !life.Ended.IsCompleted)
        {
            run.EndByForce();
        }
    }

    private RunContext ContextOf(Container container) => new(store.Directories, clock, startTimestamp)
    {
        Cache = container.Description.Cache is { } settings ? new ImageCache(settings.Path, settings.Limit, clock) { Diagnose = streams.Diagnostics.Add } : null,
        Environment = environment,
        Diagnose = streams.Diagnostics.Add,
        ScratchPath = container.Description.ScratchSize is null ? null : Path.Combine(container.RecordDirectory, "scratch.ext4"),
    };

    private EndedReply Finish(Container container, RunDirectory directory, KeeperLife life, RunOutcome outcome, IReadOnlyList<string> faults)
    {
        List<Diagnostic> diagnostics = [.. outcome.Diagnostics, .. Diagnostic.Warnings(DiagnosticCode.LogFault, faults)];
        Attempt(() => life.End(outcome), DiagnosticCode.EndNotRecorded, diagnostics);
        Attempt(directory.Delete, DiagnosticCode.ReleaseFailed, diagnostics);
        if (container.Description.AutoRemove)
        {
            ContainerDescription last = life.Description;
            Attempt(() => store.Remove(container with { Description = last }), DiagnosticCode.RemovalFailed, diagnostics);
            life.Events.Report(last, EventAction.Destroy);
        }

        return new EndedReply(outcome.ExitCode, outcome.Signal, outcome.OutOfMemory)
        {
            Failure = outcome.Failure is { } failure ? new FailedReply(failure.Error, failure.Message) : null,
            Diagnostics = diagnostics,
            Report = outcome.Report,
        };
    }

    /// <summary>Ending goes on, whatever of it fails; what was left is found by the next command.</summary>
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
