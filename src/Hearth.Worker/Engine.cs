using Hearth.Admission;
using Hearth.Client;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Linux.Sockets;
using Hearth.Records.Events;
using Hearth.Records.Networks;
using Hearth.Records.Volumes;
using Hearth.Worker.Docker.Containers;
using Hearth.Worker.Docker.Executions;
using Hearth.Worker.Docker.Restarts;
using Hearth.Worker.Starts;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker;

/// <summary>What requests work on: the same clients and records that the command line uses, and what only the daemon keeps.</summary>
internal sealed class Engine : IDisposable
{
    private readonly CancellationTokenSource ending = new();

    public Engine(WorkerOptions options, TimeProvider clock, ILogger log)
    {
        Options = options;
        Clock = clock;
        Log = log;
        Containers = new ContainerService(options.Directories, clock, new KeeperLauncher(options.Environment, options.Program), log);
        Registries = RegistrySettings.FromEnvironment(options.Environment.Find, PeerCredentials.OwnUser);
        Images = ImagesWith(null);
        Networks = new NetworkStore(options.Directories, clock);
        Volumes = new VolumeStore(options.Directories, clock);
        Attachments = new WaitingAttachments(Containers, OpenJournal);
        CreationKeys = new CreationKeys(Containers.Store, clock);
        Events = new EventFeed(OpenJournal, clock, log);
        Starts = new StartHistory(options.Directories, log);
        Admission = new AdmissionQueue(options.Limits, clock, id => OccupancyWatch.HasEnded(Containers.Store.Find(id)));
        Draining = new Draining(Admission, clock);
        Executions = new ExecutionTable(Containers, clock);
        Failures = new RequestFailures(log);
        Restarts = new RestartWatch(Containers, StartAgainAsync, clock, log);
    }

    public WorkerOptions Options { get; }

    public TimeProvider Clock { get; }

    public ILogger Log { get; }

    public ContainerService Containers { get; }

    public RegistrySettings Registries { get; }

    public ImageService Images { get; }

    public NetworkStore Networks { get; }

    public VolumeStore Volumes { get; }

    public WaitingAttachments Attachments { get; }

    public ExecutionTable Executions { get; }

    public RestartWatch Restarts { get; }

    public RequestFailures Failures { get; }

    public CreationKeys CreationKeys { get; }

    public EventFeed Events { get; }

    public StartHistory Starts { get; }

    public AdmissionQueue Admission { get; }

    public Draining Draining { get; }

    /// <summary>Called for each request of a pull to a registry when it ends, from any thread.</summary>
    public event Action<SourceRequest>? Fetched;

    /// <summary>Ends what serves clients without an end of its own.</summary>
    public CancellationToken Ending => ending.Token;

    /// <summary>A reader of the journal; one reading each.</summary>
    public EventJournal OpenJournal() => new(Options.Directories, Clock);

    /// <summary>The images, as a client with this password may reach them.</summary>
    public ImageService ImagesWith(GivenCredential? given) => new(Options.Directories, Registries with { Given = given }, Clock) { Fetched = request => Fetched?.Invoke(request) };

    /// <summary>Starts a container when its turn comes. Returns when its process runs.</summary>
    /// <exception cref="AdmissionException">This worker does not take it.</exception>
    /// <exception cref="HearthException">It cannot be started.</exception>
    public async Task StartAsync(Container container, CancellationToken cancellationToken)
    {
        using AdmissionQueue.Turn turn = await Admission.EnterAsync(container.Description, cancellationToken);
        await StartAsync(container, turn);
    }

    /// <summary>Stops a container if it runs, and starts it again. If this worker does not take the next run, nothing has changed.</summary>
    /// <param name="container">The container.</param>
    /// <param name="timeout">As in <see cref="ContainerService.StopAsync"/>.</param>
    /// <param name="signal">As in <see cref="ContainerService.StopAsync"/>.</param>
    /// <param name="start">Starts it, and says so to the turn.</param>
    /// <param name="cancellationToken">Leaves the queue; after that a stop continues, and no start follows.</param>
    /// <exception cref="AdmissionException">This worker does not take it.</exception>
    /// <exception cref="HearthException">It cannot be stopped or started.</exception>
    public async Task RestartAsync(Container container, TimeSpan? timeout, int? signal, Func<AdmissionQueue.Turn, Task> start, CancellationToken cancellationToken)
    {
        // A running container keeps its size for the next run, and needs a turn only when it has ended.
        using AdmissionQueue.Place? place = OccupancyWatch.HasEnded(container) ? null : Admission.Keep(container.Description);
        using AdmissionQueue.Turn? turn = place is null ? await Admission.EnterAsync(container.Description, cancellationToken) : null;
        await Restarts.ForgetAsync(container.Id, cancellationToken);
        await Containers.RestartAsync(
            container.Id,
            timeout,
            signal,
            async () =>
            {
                using AdmissionQueue.Turn? late = place is null ? null : await place.EnterAsync();
                await start(turn ?? late!);
            },
            cancellationToken);
    }

    /// <summary>Starts a container whose turn has come.</summary>
    public async Task StartAsync(Container container, AdmissionQueue.Turn turn)
    {
        await Attachments.StartAsync(container.Id, new StartTiming(turn.Requested, turn.Queued));
        turn.Started();
    }

    /// <summary>A container that is started again by its policy waits for the end of a drain; the next daemon also starts it.</summary>
    private async Task StartAgainAsync(Container container, CancellationToken cancellationToken)
    {
        await Admission.WaitUntilOpenAsync(cancellationToken);
        await StartAsync(container, cancellationToken);
    }

    /// <summary>Follows what others do on this host, until the daemon ends.</summary>
    public Task WatchAsync()
    {
        Starts.Recorded += (start, _) => Admission.NoteAccelerator(start.Report.Accelerator);
        OccupancyWatch occupancy = new(Containers.Store, Admission);
        Events.Happened += occupancy.Note;
        Events.Happened += happened => Restarts.Note(happened, Ending);
        Events.Happened += Executions.Note;
        KilledKeepers keepers = new(Containers);
        Ending.Register(keepers.Dispose);
        Events.Happened += keepers.Note;
        Task events = Events.FollowAsync(Ending);
        occupancy.Begin();
        keepers.Begin();
        Restarts.Begin(Ending);
        return Task.WhenAll(Starts.FollowAsync(Clock, Ending), events);
    }

    public Container Resolve(string reference) => Containers.Store.Resolve(reference.TrimStart('/'));

    /// <summary>The ids of processes that clients have added to a container and that run.</summary>
    public IReadOnlyList<string> FindExecutions(Container container) => Executions.IdsOf(container.Id);

    /// <summary>Ends everything that goes on by itself.</summary>
    public void End() => ending.Cancel();

    public void Dispose()
    {
        CreationKeys.Dispose();
        ending.Dispose();
    }
}
