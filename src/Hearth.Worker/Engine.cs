using Hearth.Client;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Linux.Sockets;
using Hearth.Records.Events;
using Hearth.Records.Networks;
using Hearth.Records.Volumes;
using Hearth.Worker.Docker.Containers;
using Hearth.Worker.Docker.Executions;
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
        Images = new ImageService(options.Directories, Registries, clock);
        Networks = new NetworkStore(options.Directories, clock);
        Volumes = new VolumeStore(options.Directories, clock);
        Attachments = new WaitingAttachments(Containers);
        Starts = new StartHistory(options.Directories, log);
        Executions = new ExecutionTable(Containers, clock);
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

    public StartHistory Starts { get; }

    /// <summary>Ends what serves clients without an end of its own.</summary>
    public CancellationToken Ending => ending.Token;

    /// <summary>A reader of the journal; one reading each.</summary>
    public EventJournal OpenJournal() => new(Options.Directories, Clock);

    public Container Resolve(string reference) => Containers.Store.Resolve(reference.TrimStart('/'));

    public void Dispose()
    {
        ending.Cancel();
        ending.Dispose();
    }
}
