using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Machines;
using Hearth.Machines.Kernel;
using Hearth.Runtime.Attachment;
using Hearth.Runtime.Guest;
using Hearth.Runtime.Machines;
using Hearth.Runtime.Reports;
using Hearth.Runtime.Resources;
using Hearth.Runtime.Rootfs;
using Hearth.Runtime.State;
using Hearth.Runtime.Storage;
using Hearth.Runtime.Volumes;

namespace Hearth.Runtime;

/// <summary>
/// One run of a container: from a request to its workload's end, with nothing left behind.
/// <list type="number">
/// <item>Check what can be known at once: rights, the root directory.</item>
/// <item>Give back what crashed runs have left.</item>
/// <item>Take the container's own directory, where its state stands, and a user for its machine.</item>
/// <item>Choose the VMM by the kernel.</item>
/// <item>Walk, plan and serve the root; meanwhile write the initramfs and format the scratch disk.</item>
/// <item>Start the machine.</item>
/// <item>Wait for the guest's first word.</item>
/// <item>Have the guest build the container's world.</item>
/// <item>Start the workload and carry its streams.</item>
/// <item>Wait for its end and for all of its output.</item>
/// <item>End the machine and give everything back, in reverse order.</item>
/// </list>
/// </summary>
public sealed class ContainerRun : IDisposable
{
    private const string WorkloadName = "main";

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly RunRequest request;
    private readonly Func<KernelEntry, MachineChoice> chooseMachine;
    private readonly TimeProvider clock;
    private readonly Timeline timeline;
    private readonly ContainerDirectory? givenDirectory;
    private readonly IRunObserver observer;
    private readonly List<string> warnings = [];
    private GuestProcess? workload;
    private int stopSignal;
    private ProcessExited? end;
    private IRootfs? rootfs;
    private ContainerVolumes? volumes;
    private MachineChoice? choice;
    private MachineConfinement? confinement;
    private IMachine? machine;
    private RunGroup? group;
    private bool hostRanOut;
    private volatile bool isEndedByForce;

    /// <param name="request">What to run.</param>
    /// <param name="clock">Where the time comes from.</param>
    /// <param name="startTimestamp">When the run began, by the clock: the zero of all phases.</param>
    public ContainerRun(RunRequest request, TimeProvider clock, long startTimestamp)
        : this(request, kernel => MachineDrivers.Choose(request.Vmm, request.Accelerator, request.Jail, request.Environment, kernel), clock, startTimestamp)
    {
    }

    /// <param name="request">What to run.</param>
    /// <param name="directory">The container's, which stays the caller's.</param>
    /// <param name="observer">Follows the run, and lets the workload start.</param>
    /// <param name="clock">Where the time comes from.</param>
    /// <param name="startTimestamp">When the run began, by the clock.</param>
    internal ContainerRun(RunRequest request, ContainerDirectory directory, IRunObserver observer, TimeProvider clock, long startTimestamp)
        : this(request, clock, startTimestamp)
    {
        givenDirectory = directory;
        this.observer = observer;
    }

    internal ContainerRun(RunRequest request, Func<KernelEntry, MachineChoice> chooseMachine, TimeProvider clock, long startTimestamp)
    {
        observer = new UnobservedRun(request.Interactive);
        this.request = request;
        this.chooseMachine = chooseMachine;
        this.clock = clock;
        timeline = new Timeline(clock, startTimestamp);
    }

    public void Dispose() => stopping.Dispose();

    /// <summary>Runs the container to its end. Called once.</summary>
    /// <returns>Also for a run that failed: nothing that a caller could have avoided is thrown.</returns>
    public async Task<RunOutcome> ExecuteAsync(WorkloadStreams streams, CancellationToken cancellationToken = default)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(_ => stopping.Cancel(), null);
        var undo = new UndoStack();
        RuntimeException? failure = null;
        int exitCode = ExitCodes.OwnFailure;
        try
        {
            exitCode = await RunStepsAsync(undo, streams, stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (isEndedByForce && (exception is OperationCanceledException || RuntimeFailures.Translate(exception) is not null))
        {
            // What fails since the machine was taken away is no failure of the run.
            exitCode = end?.ExitCode ?? ExitCodes.Killed;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            exitCode = ExitCodes.SignalBase + stopSignal;
        }
        catch (Exception exception)
        {
            RuntimeException translated = RuntimeFailures.TranslateOrReport(exception, "run the container", request.Directories, clock);
            failure = Explain(translated);
            exitCode = hostRanOut ? ExitCodes.Killed : translated.ExitCode;
        }

        // 11. End the machine and give everything back, in reverse order.
        using (timeline.Measure(PhaseNames.Exit))
        {
            await GiveBackAsync(undo).ConfigureAwait(false);
        }

        NoteSourceFaults();
        warnings.AddRange(volumes?.Warnings ?? []);
        return new RunOutcome(exitCode, failure, warnings, Report(exitCode, failure))
        {
            Signal = end?.Signal ?? (isEndedByForce ? Linux.Processes.SignalNumber.Kill : 0),
            OutOfMemory = end?.OutOfMemory ?? hostRanOut,
        };
    }

    /// <summary>Hands a signal to the workload, or to all of its processes, and waits for nothing.</summary>
    public void Signal(int signal, bool all = false) => Forget(SignalAsync(signal, all));

    /// <summary>Hands a signal to the workload, or to all of its processes; before there is one, it ends the run.</summary>
    /// <returns>Done when the guest has delivered it.</returns>
    /// <exception cref="RuntimeException">The guest refuses it, or answers no more.</exception>
    internal Task SignalAsync(int signal, bool all)
    {
        lock (gate)
        {
            if (workload is { } receiver)
            {
                return receiver.SignalAsync(signal, all, CancellationToken.None);
            }

            stopSignal = signal;
            stopping.Cancel();
            return Task.CompletedTask;
        }
    }

    private TimeSpan BootTimeout => request.BootTimeout
        ?? (machine?.Accelerator == "tcg" ? RunRequest.DefaultEmulatedBootTimeout : RunRequest.DefaultBootTimeout);

    /// <summary>Tells the workload's terminal the size of the caller's.</summary>
    public void Resize(WindowSize size)
    {
        if (workload is { } receiver)
        {
            Forget(receiver.ResizeAsync(size, CancellationToken.None));
        }
    }

    /// <summary>Ends the run at once, whatever it is doing: the machine is killed, as by SIGKILL, and all is given back.</summary>
    public void End()
    {
        lock (gate)
        {
            isEndedByForce = true;
            machine?.Kill();
            stopping.Cancel();
        }
    }

    private async Task<int> RunStepsAsync(UndoStack undo, WorkloadStreams streams, CancellationToken cancellationToken)
    {
        // 1. Check what can be known at once.
        RunChecks.Check(request);

        // 2. Give back what crashed runs have left.
        warnings.AddRange(Reconciliation.Run(request.Directories));

        // 3. Take the container's own directory and a user for its machine.
        ContainerDirectory directory = givenDirectory ?? TakeDirectory(undo);
        if (request.ScratchSize is not null && request.ScratchPath is null)
        {
            string scratch = Path.Combine(request.Directories.Scratch, $"{directory.Id}.ext4");
            NoteTraces(directory, [ScratchDisk.UnfinishedPathOf(scratch), scratch]);
        }

        TakeUser(undo);

        // 4. Choose the VMM by the kernel.
        KernelEntry kernel = new KernelSearch(request.Directories).Resolve(request.Kernel);
        IMachineDriver driver = (choice = chooseMachine(kernel)).Driver;

        // 5. Walk, plan and serve the root; meanwhile write the initramfs and format the scratch disk.
        PreparedRun prepared = await new RunPreparation(KernelNeeds.Settle(request, kernel, warnings), kernel, driver, directory, timeline, clock).PrepareAsync(undo, cancellationToken).ConfigureAwait(false);
        rootfs = prepared.Rootfs;
        volumes = prepared.Volumes;

        // 6. Start the machine.
        double machineStartMs = timeline.NowMs;
        MachineConfiguration configuration = MachineOf(directory, kernel, driver.Channel, prepared);
        NoteTraces(directory, driver.TracesOf(configuration));
        IMachine configured = choice.Configure(configuration);
        if (givenDirectory is not null)
        {
            undo.Push("give back the control group", () => group?.Dispose());
            group = RunGroup.Join(request, directory, configured, clock);
            warnings.AddRange(group.Warnings);
        }

        undo.Own("end the machine", configured);
        lock (gate)
        {
            cancellationToken.ThrowIfCancellationRequested();
            machine = configured;
        }

        await machine.BootAsync(cancellationToken).ConfigureAwait(false);
        warnings.AddRange(machine.Warnings);
        ProcessIdentity? identity = ProcessIdentity.Read(machine.ProcessId);
        directory.Update(directory.Traces with { Machine = identity });
        observer.Booted(machine, identity);

        // 7. to 10. happen in the guest, as long as the machine lives.
        Stream transport = await machine.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        GuestSession session = undo.Own("close the guest's channel", new GuestSession(GuestChannel.StartHost(transport), GuestDeadline.Of(machine, clock)));
        var watch = new MachineWatch(machine, clock);
        return await RunInGuestAsync(session, watch, prepared, directory, streams, undo, machineStartMs, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> RunInGuestAsync(
        GuestSession session, MachineWatch watch, PreparedRun prepared, ContainerDirectory directory,
        WorkloadStreams streams, UndoStack undo, double machineStartMs, CancellationToken cancellationToken)
    {
        // 7. Wait for the guest's first word.
        GuestHello hello = await watch.InTime(session.Hello, BootTimeout, "answer", cancellationToken).ConfigureAwait(false);
        double helloMs = timeline.NowMs;

        // 8. Have the guest build the container's world.
        ConfigureGuest configuration = GuestRequests.Configure(request.Spec, directory.Id.Short, prepared.RootFor(request.Spec), clock.GetUtcNow());
        configuration = configuration with { HasReaper = request.HasReaper, LocalTime = request.TimeZone is { } zone ? TimeZoneFile.Read(zone) : [] };
        configuration = prepared.Volumes.Arrange(configuration, session, prepared.Drives.Count, undo);
        TimeSpan configureTimeout = prepared.Volumes.MayCopy ? Timeout.InfiniteTimeSpan : BootTimeout;
        GuestConfigured configured = await watch.InTime(
            session.ConfigureAsync(configuration, cancellationToken), configureTimeout, "build the container's world", cancellationToken).ConfigureAwait(false);
        warnings.AddRange(configured.Warnings);
        GuestPhases.Add(timeline, hello, machineStartMs, helloMs);

        // 9. Start the workload, when it may, and carry its streams.
        GuestProcess? held = observer.HoldsWorkload
            ? await HoldAsync(session, watch, cancellationToken).ConfigureAwait(false)
            : null;
        WorkloadStart start = await watch.WhileAlive(observer.ReadyAsync(session, cancellationToken)).ConfigureAwait(false);
        double processStartMs = timeline.NowMs;
        GuestProcess process = held ?? await watch.InTime(
            session.StartAsync(GuestRequests.Start(request.Spec.Process!, WorkloadName, start.Size), start.TakesInput, cancellationToken),
            BootTimeout, "start the command", cancellationToken).ConfigureAwait(false);
        double firstOutputMs = 0;
        Task output = StreamPump.StartAsync(process, streams, () => Volatile.Write(ref firstOutputMs, timeline.NowMs));
        if (held is not null)
        {
            await watch.InTime(held.ReleaseAsync(cancellationToken), BootTimeout, "start the command", cancellationToken).ConfigureAwait(false);
        }

        ProcessStarted started = await watch.InTime(process.Started, BootTimeout, "start the command", cancellationToken).ConfigureAwait(false);
        double startedMs = timeline.NowMs;
        timeline.Add(PhaseNames.Process, processStartMs, startedMs);
        lock (gate)
        {
            cancellationToken.ThrowIfCancellationRequested();
            workload = process;
        }

        observer.Started(process, started);

        // 10. Wait for its end and for all of its output.
        end = await watch.WhileAlive(process.Exited).ConfigureAwait(false);
        await watch.WhileAlive(output).ConfigureAwait(false);
        if (firstOutputMs > 0)
        {
            timeline.Add(PhaseNames.FirstOutput, startedMs, firstOutputMs);
        }

        await prepared.Volumes.CloseAsync(session, machine!, keepsLayer: request.ScratchPath is not null, cancellationToken).ConfigureAwait(false);
        return end.ExitCode;
    }

    private async Task<GuestProcess> HoldAsync(GuestSession session, MachineWatch watch, CancellationToken cancellationToken)
    {
        StartProcess start = GuestRequests.Start(request.Spec.Process!, WorkloadName, windowSize: null) with { IsHeld = true };
        GuestProcess process = await watch.InTime(
            session.StartAsync(start, request.Interactive, cancellationToken), BootTimeout, "prepare the command", cancellationToken).ConfigureAwait(false);
        await watch.InTime(process.Held, BootTimeout, "prepare the command", cancellationToken).ConfigureAwait(false);
        return process;
    }

    private ContainerDirectory TakeDirectory(UndoStack undo)
    {
        ContainerDirectory directory = ContainerDirectory.Create(
            request.Directories, new ContainerTraces { Id = ContainerId.New().ToString(), Owner = ProcessIdentity.Current, Created = clock.GetUtcNow() });
        undo.Push($"remove the container's directory '{directory.Path}'", directory.Delete);
        return directory;
    }

    private void TakeUser(UndoStack undo)
    {
        if (request.MachineUsers is not { } range)
        {
            warnings.Add("the machine runs with this program's own rights, which is for development only (--no-jailer)");
            return;
        }

        UserLease lease = UserLease.Take(request.Directories, range);
        undo.Push($"give back the machine's user {lease.User}", lease.Dispose);
        confinement = new MachineConfinement(lease.User, lease.User);
    }

    /// <summary>What a machine has elsewhere is written down before it is made.</summary>
    private static void NoteTraces(ContainerDirectory directory, IReadOnlyList<string> traces)
    {
        if (traces.Count > 0)
        {
            directory.Update(directory.Traces with { Files = [.. directory.Traces.Files, .. traces] });
        }
    }

    private MachineConfiguration MachineOf(ContainerDirectory directory, KernelEntry kernel, ChannelKind channel, PreparedRun prepared)
    {
        MachineShape shape = MachineShape.Of(request.Spec);
        return new MachineConfiguration
        {
            Id = directory.Id.ToString(),
            RunDirectory = directory.Path,
            KernelPath = kernel.ImagePath,
            InitramfsPath = prepared.InitramfsPath,
            VirtualCpus = shape.VirtualCpus,
            MemoryInMiB = shape.MemoryInMebibytes,
            Drives = [.. prepared.Drives, .. prepared.Volumes.Drives],
            KernelArguments = channel == ChannelKind.Vsock ? [$"{GuestProtocol.ChannelArgument}={GuestProtocol.VsockChannel}"] : [],
            ConsoleLogPath = request.ConsoleLog,
            Confinement = confinement,
            Channel = new MachineChannel(GuestProtocol.SerialPortName, GuestProtocol.VsockPort),
        };
    }

    private async Task GiveBackAsync(UndoStack undo)
    {
        try
        {
            await undo.DisposeAsync().ConfigureAwait(false);
        }
        catch (AggregateException exception)
        {
            warnings.AddRange(exception.InnerExceptions.Select(inner => inner.Message));
        }
    }

    /// <summary>A machine that the host's kernel killed for want of memory says so; its own words cannot.</summary>
    private RuntimeException Explain(RuntimeException failure)
    {
        hostRanOut = end is null && group?.RanOutOfMemory == true;
        return hostRanOut
            ? new RuntimeException(failure.Error, $"{failure.Message}\nThe host's kernel ended it, since the container's memory had run out ({group!.Description})", failure)
            : failure;
    }

    private void NoteSourceFaults()
    {
        if (rootfs?.Faults is { Count: > 0 } faults)
        {
            warnings.Add($"{rootfs.Report.SourceFaults} reads failed in the guest, since the directory changed under it: " +
                $"'{faults[0].Path}': {faults[0].Reason}" + (faults.Count > 1 ? $", and {faults.Count - 1} more files" : ""));
        }
    }

    private RunReport Report(int exitCode, RuntimeException? failure) => new()
    {
        Vmm = machine?.Vmm,
        VmmReason = choice?.Reason,
        Accelerator = machine?.Accelerator,
        Confinement = machine is null ? null : new ConfinementReport(confinement?.UserId, confinement?.GroupId, [.. machine.Confinement, .. group is null ? Array.Empty<string>() : [group.Description]]),
        ExitCode = exitCode,
        Error = failure?.Message,
        Rootfs = rootfs?.Report,
        Phases = timeline.Phases,
    };

    /// <summary>A signal or a size for a guest that is gone has nobody to go to; the run's own waiting reports why.</summary>
    private static void Forget(Task sending) =>
        sending.ContinueWith(task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
