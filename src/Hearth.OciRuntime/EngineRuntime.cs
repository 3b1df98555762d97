using System.Globalization;
using System.Text;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;
using Hearth.Control.Attachment;
using Hearth.Linux.Processes;
using Hearth.OciRuntime.Bundles;
using Microsoft.Win32.SafeHandles;

namespace Hearth.OciRuntime;

/// <summary>
/// The operations that container engines need from a low-level runtime (runtime-spec, runtime.md). The engine chooses where its
/// containers are stored. The process that represents a container is its keeper: a child of the caller of
/// <see cref="CreateAsync"/>, with the caller's standard streams. It exits with the workload's status.
/// </summary>
/// <param name="directories">Where the engine's containers are stored.</param>
/// <param name="clock">The source of the time.</param>
/// <param name="environment">The environment of keepers.</param>
/// <param name="diagnose">Receives warnings about ignored settings and secondary failures.</param>
public sealed partial class EngineRuntime(HearthDirectories directories, TimeProvider clock, HostEnvironment environment, Action<Diagnostic> diagnose)
{
    // Engines search the messages of a runtime for these words.
    private const string Unknown = "container does not exist";
    private const string NotRunning = "container not running";

    /// <summary>podman's mark of a container that is removed at its end (--rm): nobody can read its root then.</summary>
    private const string RemovalAnnotation = "io.podman.annotations.autoremove";

    private readonly ContainerService service = new(directories, clock, new KeeperLauncher(environment));

    /// <summary>
    /// Creates a container: its machine runs, and its process is not started yet.
    /// <list type="number">
    /// <item>Read the bundle, and create the container's record.</item>
    /// <item>Send the engine the workload's terminal, if it has one.</item>
    /// <item>Start a keeper with this process's streams or the terminal; it boots the machine.</item>
    /// <item>Run the hooks of this point.</item>
    /// <item>Write the keeper's pid.</item>
    /// </list>
    /// </summary>
    /// <param name="creation">The engine's arguments.</param>
    /// <param name="startTimestamp">When it was requested: a timestamp of the clock.</param>
    /// <returns>The keeper's pid.</returns>
    /// <exception cref="HearthException">The container cannot be created; everything is released.</exception>
    public async Task<int> CreateAsync(EngineCreation creation, long startTimestamp)
    {
        InheritedDescriptors.Seal();
        Reconcile();

        // 1. Read the bundle, and create the container's record.
        (Container container, ProcessSpec process) = Keep(creation);
        try
        {
            // 2. Send the engine the workload's terminal.
            using EngineTerminal? terminal = process.Terminal ? EngineTerminal.Give(creation.ConsoleSocket!, process.ConsoleSize) : null;
            using SafeFileHandle input = new(0, ownsHandle: false);
            using SafeFileHandle output = new(1, ownsHandle: false);
            using SafeFileHandle error = new(2, ownsHandle: false);

            // 3. Boot the machine.
            int pid = await EngineFailures.TranslateAsync("create", process.Args[0], process.Cwd, () => service.PrepareAsync(
                container.Id, terminal?.Streams ?? new KeeperStandardStreams(input, output, error), startTimestamp, diagnose)).ConfigureAwait(false);

            // 4. Run the hooks of this point.
            await HookAsync(container.Id, "creating", HookPoint.Prestart, HookPoint.CreateRuntime, HookPoint.CreateContainer).ConfigureAwait(false);

            // 5. Write the keeper's pid.
            if (creation.PidFile is { } file)
            {
                AtomicFile.Write(Path.GetFullPath(file), Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)));
            }

            return pid;
        }
        catch
        {
            await service.RemoveAsync(container.Id, force: true, removesVolumes: true).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts the process of a container.</summary>
    /// <exception cref="HearthException">The process was started before, or cannot be started.</exception>
    public async Task StartAsync(string id)
    {
        Container container = Find(id);
        string status = EngineState.Of(container).Status;
        if (status != "created")
        {
            throw new HearthException(HearthError.WrongState, status == "stopped"
                ? "cannot start a container that has stopped"
                : "cannot start an already running container");
        }

        try
        {
            await HookAsync(container.Id, "created", HookPoint.StartContainer).ConfigureAwait(false);
        }
        catch
        {
            await service.EndByForceAsync(container.Id).ConfigureAwait(false);
            throw;
        }

        ProcessSpec process = container.Description.Spec.Process!;
        await EngineFailures.TranslateAsync("start", process.Args[0], process.Cwd, () => service.StartPreparedAsync(container.Id)).ConfigureAwait(false);
        await HookAsync(container.Id, "running", HookPoint.Poststart).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a signal to the process of a container, or to all of its processes. A container that is not started yet ends. Signal 0
    /// only checks whether the container runs.
    /// </summary>
    /// <exception cref="HearthException">The container does not run.</exception>
    public async Task KillAsync(string id, int signal, bool all)
    {
        Container container = Find(id);
        if (!container.State.IsHeld)
        {
            throw new HearthException(HearthError.WrongState, NotRunning);
        }

        if (signal == 0)
        {
            return;
        }

        try
        {
            await service.SignalAsync(container.Id, signal, all).ConfigureAwait(false);
        }
        catch (HearthException failure) when (failure.Error == HearthError.WrongState)
        {
            throw new HearthException(HearthError.WrongState, NotRunning, failure);
        }
    }

    /// <summary>Removes a container.</summary>
    /// <param name="id">The engine's id.</param>
    /// <param name="force">True to end the container first, and to succeed if it does not exist.</param>
    /// <exception cref="HearthException">The container runs, or does not exist.</exception>
    public async Task DeleteAsync(string id, bool force)
    {
        Container? container = TryFind(id);
        if (container is null)
        {
            Reconcile();
            if (force)
            {
                return;
            }

            throw new HearthException(HearthError.ContainerUnknown, Unknown);
        }

        EngineState state = EngineState.Of(container);
        if (!force && state.Status is "running" or "paused")
        {
            throw new HearthException(HearthError.WrongState, $"cannot delete container {id} that is not stopped: {state.Status}");
        }

        await service.RemoveAsync(container.Id, force || state.Status == "created", removesVolumes: true).ConfigureAwait(false);
        await new Hooks(container.Description.Spec.Hooks, clock).RunAsync(HookPoint.Poststop, state.ToSpec("stopped"), diagnose).ConfigureAwait(false);
    }

    /// <summary>Waits until a container of this process has ended. Passes signals of this process to it meanwhile.</summary>
    /// <param name="id">The engine's id.</param>
    /// <param name="pid">The pid of its keeper.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="HearthException">A signal cannot be delivered, since the keeper, the VMM or the guest does not answer.</exception>
    public async Task<int> WaitAsync(string id, int pid)
    {
        string whole = Find(id).Id;
        TaskCompletionSource<ProcessEnd> over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using SignalRelay relay = new(signal => _ = SignalAsync(whole, signal, over), () => { });
        _ = Task.Factory.StartNew(() => over.TrySetResult(ProcessWaiting.Reap(pid)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        ProcessEnd end = await over.Task.ConfigureAwait(false);
        return end.Signal != 0 ? ExitCodes.SignalBase + end.Signal : end.ExitCode;
    }

    public EngineState State(string id) => EngineState.Of(Find(id));

    /// <summary>All containers of the engine, the newest first.</summary>
    public IReadOnlyList<EngineState> List() => [.. service.Store.List().Select(EngineState.Of)];

    public Task PauseAsync(string id) => service.PauseAsync(FindRunning(id).Id);

    public Task ResumeAsync(string id) => EngineState.Of(Find(id)).Status == "paused"
        ? service.ResumeAsync(Find(id).Id)
        : throw new HearthException(HearthError.WrongState, "container not paused");

    /// <summary>The processes of a container on the host: its keeper and its VMM.</summary>
    public IReadOnlyList<int> Processes(string id)
    {
        ContainerState state = FindRunning(id).State;
        return [state.Keeper!.Pid, .. state.Machine is { IsAlive: true } machine ? [machine.Pid] : Array.Empty<int>()];
    }

    private (Container Container, ProcessSpec Process) Keep(EngineCreation creation)
    {
        if (TryFind(creation.Id) is not null)
        {
            throw new HearthException(HearthError.NameTaken, "create failed: container with given ID already exists");
        }

        Bundle bundle = Bundle.Read(creation.Bundle, allowSnapshotBinds: false);
        foreach (Diagnostic diagnostic in bundle.Diagnostics.Where(diagnostic => diagnostic.Code != DiagnosticCode.BundleHooksIgnored))
        {
            diagnose(diagnostic);
        }

        ProcessSpec process = bundle.Spec.Process!;
        if (process.Terminal != creation.ConsoleSocket is not null)
        {
            throw new HearthException(HearthError.InvalidRequest, process.Terminal
                ? "cannot allocate tty if runc will detach without setting console socket"
                : "cannot use console socket if runc will not detach or allocate tty");
        }

        NetworkOptions network = BundleNetwork.Of(bundle.Spec);
        if (network.Mode == NetworkMode.None)
        {
            diagnose(Diagnostic.Warning(
                DiagnosticCode.NetworkUnavailable, "the container has no network: a machine has a kernel of its own and cannot share the host's network; use a network of the engine"));
        }

        bool isConfined = network.Mode == NetworkMode.Namespace && EgressRules.Of(bundle.Spec.Annotations) is not null;
        Container container = service.Create(new ContainerDescription
        {
            Engine = new EngineDetails(Path.GetFullPath(creation.Bundle)) { KeepsRoot = bundle.Spec.Annotations.GetValueOrDefault(RemovalAnnotation) != "TRUE" },
            Spec = bundle.Spec,
            Interactive = true,
            Network = isConfined ? network with { ResolverFile = bundle.ResolverFile } : network,

            // Engines bind some of their files without "ro", though most containers never write to them.
            Volumes = [.. bundle.Volumes.Where(volume => !isConfined || volume.Destination != Bundle.Resolver).Select(volume => volume with { MayBeSnapshot = true })],
            Rootfs = new RootfsOptions { CrossMounts = false, Binds = bundle.Binds, Exclude = bundle.Exclude, Immutable = bundle.Digest },
            MachineUsers = UserRange.Resolve(null, creation.Environment),
            JailBase = creation.Environment(ContainerDescription.JailBaseVariable),
            InitPath = creation.Environment(ContainerDescription.InitVariable),
        }.WithName(creation.Id));
        return (container, process);
    }

    private async Task SignalAsync(string id, int signal, TaskCompletionSource<ProcessEnd> over)
    {
        try
        {
            await service.SignalAsync(id, signal).ConfigureAwait(false);
        }
        catch (HearthException failure) when (failure.Error is HearthError.KeeperSilent or HearthError.GuestSilent or HearthError.MachineSilent)
        {
            over.TrySetException(failure);
        }
        catch (HearthException failure)
        {
            diagnose(Diagnostic.Warning(DiagnosticCode.SignalNotDelivered, failure.Message));
        }
    }

    private async Task HookAsync(string id, string status, params HookPoint[] points)
    {
        Container container = service.Read(id);
        foreach (HookPoint point in points)
        {
            await new Hooks(container.Description.Spec.Hooks, clock).RunAsync(point, EngineState.Of(container).ToSpec(status), diagnose).ConfigureAwait(false);
        }
    }

    private void Reconcile()
    {
        foreach (Diagnostic diagnostic in service.Reconcile())
        {
            diagnose(diagnostic);
        }
    }

    private Container FindRunning(string id) => Find(id) is { State.IsHeld: true } container ? container : throw new HearthException(HearthError.WrongState, NotRunning);

    private Container Find(string id) => TryFind(id) ?? throw new HearthException(HearthError.ContainerUnknown, Unknown);

    private Container? TryFind(string id)
    {
        try
        {
            return service.Store.Resolve(id) is { } container && container.Name == id ? container : null;
        }
        catch (HearthException failure) when (failure.Error == HearthError.ContainerUnknown)
        {
            return null;
        }
    }
}
