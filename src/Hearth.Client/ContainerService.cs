using System.Collections.Concurrent;
using Hearth.Client.Attachment;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Distribution.References;
using Hearth.Images.Store;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Networks;
using Hearth.Records.Recovery;
using Microsoft.Extensions.Logging;

namespace Hearth.Client;

/// <summary>
/// The operations on containers, for the command line, a daemon or other programs. A keeper process holds each container, and
/// this class is its client. It keeps no state of containers between calls, so any number of processes may use it at the same time.
/// </summary>
/// <remarks>
/// An asynchronous operation does nothing if it is cancelled before it sends its request to the keeper. After that its wait ends
/// with <see cref="OperationCanceledException"/>, and its own comment says what happens to the request.
/// </remarks>
/// <param name="directories">Where containers are stored.</param>
/// <param name="clock">The source of the time.</param>
/// <param name="keepers">Starts keepers.</param>
/// <param name="logger">Receives operations, failures and all diagnostics; null for none.</param>
public sealed partial class ContainerService(HearthDirectories directories, TimeProvider clock, KeeperLauncher keepers, ILogger? logger = null) : KeeperClient(clock, logger), IContainers
{
    private readonly ContainerStore store = new(directories, clock);
    private readonly ContainerEvents events = new(directories, clock);
    private readonly ConcurrentDictionary<string, bool> unreadable = new();

    public ContainerStore Store => store;

    /// <summary>Receives a warning for each record that a list leaves out, since it cannot be read.</summary>
    public Action<Diagnostic> Unreadable { get; init; } = _ => { };

    /// <summary>Releases leftovers of crashes, and records the end of containers whose keeper was killed.</summary>
    /// <returns>A diagnostic for each container.</returns>
    public IReadOnlyList<Diagnostic> Reconcile()
    {
        Diagnostic[] diagnostics = [.. Reconciliation.Run(directories), .. new ContainerReconciliation(store, events, Clock).Run()];
        foreach (Diagnostic diagnostic in diagnostics)
        {
            LogOnce(diagnostic);
        }

        return diagnostics;
    }

    /// <summary>All containers whose record can be read, the newest first.</summary>
    public IReadOnlyList<Container> List() => store.List(damaged =>
    {
        Diagnostic diagnostic = Diagnostic.Warning(DiagnosticCode.RecordUnreadable, damaged.Message);
        LogOnce(diagnostic);
        Unreadable(diagnostic);
    });

    /// <summary>Logs a record that cannot be read once, though every list meets it.</summary>
    private void LogOnce(Diagnostic diagnostic)
    {
        if (diagnostic.Code != DiagnosticCode.RecordUnreadable || unreadable.TryAdd(diagnostic.Text, true))
        {
            Logger.Diagnosed(diagnostic);
        }
    }

    /// <summary>Creates the record of a new container. Nothing of it runs yet.</summary>
    /// <exception cref="HearthException">The description is invalid, the name is taken, or the record cannot be written.</exception>
    public Container Create(ContainerDescription description)
    {
        description = EgressRules.Apply(description);
        DescriptionChecks.Check(description);
        EgressChecks.Check(EgressRules.Of(description.Network));
        using IDisposable? image = HoldImage(description);
        Container container = store.Create(description.WithAbsolutePaths());
        events.Report(container.Description, EventAction.Create);
        Logger.Created(container.Id, container.Name);
        return container;
    }

    /// <summary>Starts a container and returns when its process runs.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="diagnose">Receives diagnostics for the waiting user.</param>
    /// <param name="timing">When the start was requested.</param>
    /// <param name="cancellationToken">Undoes the start. Before this throws, the container has ended and its run is released.</param>
    /// <exception cref="HearthException">The container runs already, or could not be started.</exception>
    public Task StartAsync(string id, Action<Diagnostic> diagnose, StartTiming timing, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "start", LaunchAsync(id, diagnose, timing, cancellationToken));

    /// <summary>Starts a container with its streams attached to the caller's.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="attachment">The caller's streams.</param>
    /// <param name="timing">When the start was requested.</param>
    /// <param name="cancellationToken">
    /// Before the process runs, undoes the start as <see cref="StartAsync"/> does. After that it detaches the caller, and the
    /// container keeps running.
    /// </param>
    /// <returns>How the container ended; null if the caller detached.</returns>
    /// <exception cref="HearthException">The container runs already, or its keeper could not be started.</exception>
    public Task<RunOutcome?> StartAttachedAsync(string id, ClientAttachment attachment, StartTiming timing, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "start", LaunchAttachedAsync(id, attachment, timing, cancellationToken));

    /// <summary>Stops a container if it runs, and starts it again.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="timeout">As in <see cref="StopAsync"/>.</param>
    /// <param name="signal">As in <see cref="StopAsync"/>.</param>
    /// <param name="diagnose">Receives diagnostics for the waiting user.</param>
    /// <param name="cancellationToken">A stop continues, and no start follows; a start is undone.</param>
    public Task RestartAsync(string id, TimeSpan? timeout, int? signal, Action<Diagnostic> diagnose, CancellationToken cancellationToken = default) =>
        RestartAsync(id, timeout, signal, () => StartAsync(id, diagnose, new StartTiming(Clock.GetTimestamp()), cancellationToken), cancellationToken);

    /// <summary>Stops a container if it runs, and starts it again in a way of the caller's.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="timeout">As in <see cref="StopAsync"/>.</param>
    /// <param name="signal">As in <see cref="StopAsync"/>.</param>
    /// <param name="start">Starts the container.</param>
    /// <param name="cancellationToken">A stop continues, and no start follows.</param>
    public async Task RestartAsync(string id, TimeSpan? timeout, int? signal, Func<Task> start, CancellationToken cancellationToken = default)
    {
        await StopAsync(id, timeout, signal, cancellationToken).ConfigureAwait(false);
        await start().ConfigureAwait(false);
        events.Report(Read(id).Description, EventAction.Restart);
    }

    /// <summary>Reads the current state of a container.</summary>
    /// <exception cref="HearthException">The container does not exist.</exception>
    public Container Read(string id) =>
        store.TryRead(id) ?? throw new HearthException(HearthError.ContainerUnknown, $"there is no container '{id}'");

    /// <summary>Keeps the image until the record exists, which keeps it from then on.</summary>
    private ImageLease? HoldImage(ContainerDescription description) => description.Image is not { } origin ? null
        : ImageFailures.Attempt(() => ImageLease.TryTakeListed(new ImageStore(directories.Images, Clock), Digest.Parse(origin.Manifest)))
        ?? throw new HearthException(HearthError.ImageUnknown, $"cannot create the container: its image '{origin.Name}' is not in the image store any more; 'hearth pull' fetches it");

    private Container RequireStartable(string id)
    {
        Container container = Read(id);

        // The keeper of a run that has ended is about to let go; the next one waits for that.
        if (container.State is { IsHeld: true, Status: not ContainerStatus.Exited })
        {
            throw new HearthException(HearthError.WrongState, $"cannot start container '{container.Name}': it is already {container.State.Status.ToString().ToLowerInvariant()}");
        }

        return container;
    }

    protected override ValueTask<ControlConnection?> TryConnectAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult(TryConnect(id));

    protected override ValueTask<Container> ReadAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult(Read(id));

    protected override (string Name, ProcessIdentity? Keeper) Identify(string id) => store.TryRead(id) is { } container ? (container.Name, container.State.Keeper) : (id[..12], null);

    /// <summary>Null also while the keeper of a run that has ended lets go: it refuses requests to the guest.</summary>
    private ControlConnection? TryConnectToRun(Container container) => container.State.IsHeld ? TryConnect(container.Id) : null;

    private ControlConnection? TryConnect(string id) =>
        ControlSocket.TryConnect(Path.Combine(directories.Containers, id)) is { } socket ? new ControlConnection(socket) : null;
}
