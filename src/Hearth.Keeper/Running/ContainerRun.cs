using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Machines;
using Hearth.Keeper.Parts;
using Hearth.Keeper.Parts.Volumes;
using Hearth.Machines;
using Hearth.Machines.Kernel;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Running;

/// <summary>
/// One run of a container, from its description to its process's end. It leaves nothing behind. Everything that a container
/// can have besides a process is an <see cref="IRunPart"/>.
/// <list type="number">
/// <item>Check what can be known immediately: rights, the root directory.</item>
/// <item>Take the container's directory beneath the run directory.</item>
/// <item>Choose a VMM that can boot the kernel.</item>
/// <item>Have all parts take what they need, then prepare in parallel. Write the initramfs at the same time.</item>
/// <item>Start the machine, which the parts have configured.</item>
/// <item>Have the guest set up the container and run its process until it ends: <see cref="GuestRun"/>.</item>
/// <item>End the machine and release everything, in reverse order.</item>
/// </list>
/// </summary>
public sealed class ContainerRun : IDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly ContainerDescription description;
    private readonly RunContext context;
    private readonly Func<KernelEntry, MachineChoice> chooseMachine;
    private readonly Timeline timeline;
    private readonly RunDirectory? givenDirectory;
    private readonly IRunObserver observer;
    private readonly List<Diagnostic> diagnostics = [];
    private IReadOnlyList<IRunPart> parts = [];
    private MachineChoice? choice;
    private IMachine? machine;
    private GuestRun? guest;
    private int stopSignal;
    private volatile bool isEndedByForce;

    /// <param name="description">The container to run.</param>
    /// <param name="context">The run's directories and live objects.</param>
    public ContainerRun(ContainerDescription description, RunContext context)
        : this(description, kernel => MachineDrivers.Choose(VmmOf(description), description.Accelerator, description.Jail, context.Environment, kernel), context)
    {
    }

    /// <param name="description">The container to run.</param>
    /// <param name="directory">The container's run directory; the caller keeps ownership.</param>
    /// <param name="observer">Observes the run, and decides when the process may start.</param>
    /// <param name="context">The run's directories and live objects.</param>
    internal ContainerRun(ContainerDescription description, RunDirectory directory, IRunObserver observer, RunContext context)
        : this(description, context)
    {
        givenDirectory = directory;
        this.observer = observer;
    }

    internal ContainerRun(ContainerDescription description, Func<KernelEntry, MachineChoice> chooseMachine, RunContext context)
    {
        observer = new UnobservedRun(description.Interactive);
        this.description = description;
        this.context = context;
        this.chooseMachine = chooseMachine;
        timeline = new Timeline(context.Clock, context.StartTimestamp);
    }

    private ProcessExited? End => guest?.End;

    public void Dispose() => stopping.Dispose();

    /// <summary>Runs the container to its end. Called once.</summary>
    /// <returns>The outcome, also of a run that failed. Failures are not thrown.</returns>
    public async Task<RunOutcome> ExecuteAsync(WorkloadStreams streams, CancellationToken cancellationToken = default)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(_ => stopping.Cancel(), null);
        var undo = new UndoStack();
        HearthException? failure = null;
        int exitCode = ExitCodes.OwnFailure;
        try
        {
            exitCode = await RunStepsAsync(undo, streams, stopping.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (isEndedByForce && (exception is OperationCanceledException || RunFailures.Translate(exception) is not null))
        {
            // The machine was killed on request: what fails as a consequence is no failure of the run.
            exitCode = End?.ExitCode ?? ExitCodes.Killed;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            exitCode = ExitCodes.SignalBase + stopSignal;
        }
        catch (Exception exception)
        {
            failure = Explain(RunFailures.TranslateOrReport(exception, "run the container", context.Directories, context.Clock));
            exitCode = failure.ExitCode;
        }

        // 7. End the machine and release everything, in reverse order.
        using (timeline.Measure(PhaseNames.Exit))
        {
            await ReleaseAsync(undo).ConfigureAwait(false);
        }

        diagnostics.AddRange(parts.SelectMany(part => part.Diagnostics));
        return new RunOutcome(exitCode, failure, diagnostics, Report(exitCode, failure))
        {
            Signal = End?.Signal ?? (isEndedByForce ? Linux.Processes.SignalNumber.Kill : 0),
            OutOfMemory = End?.OutOfMemory ?? failure?.Error == HearthError.OutOfMemory,
        };
    }

    /// <summary>Sends a signal to the process, without waiting.</summary>
    public void Signal(int signal) => Forget(SignalAsync(signal, all: false));

    /// <summary>Sends a signal to the process, or to all processes of the container. Before the process starts, it ends the run.</summary>
    /// <returns>Completes when the guest has delivered it.</returns>
    /// <exception cref="HearthException">The guest refuses it, or does not answer any more.</exception>
    internal Task SignalAsync(int signal, bool all)
    {
        lock (gate)
        {
            if (guest?.Process is { } receiver)
            {
                return receiver.SignalAsync(signal, all, CancellationToken.None);
            }

            stopSignal = signal;
            stopping.Cancel();
            return Task.CompletedTask;
        }
    }

    /// <summary>Sets the size of the process's terminal.</summary>
    public void Resize(WindowSize size)
    {
        if (guest?.Process is { } receiver)
        {
            Forget(receiver.ResizeAsync(size, CancellationToken.None));
        }
    }

    /// <summary>Changes the limits on the host, if the container has any.</summary>
    /// <exception cref="HearthException">One of them cannot be set.</exception>
    internal void Limit(ResourcesSpec resources)
    {
        foreach (IRunPart part in parts)
        {
            part.Limit(resources);
        }
    }

    /// <summary>The container's network; null if it has none.</summary>
    internal IContainerTraffic? Traffic => parts.Select(part => part.Traffic).FirstOrDefault(traffic => traffic is not null);

    internal IContainerNetwork? Network => parts.Select(part => part.Network).FirstOrDefault(network => network is not null);

    /// <summary>What waits in the guest's channel.</summary>
    internal long BacklogInBytes => guest?.BacklogInBytes ?? 0;

    /// <summary>Ends the run immediately in any state: kills the machine, as by SIGKILL, and releases everything.</summary>
    public void EndByForce()
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
        // 1. Check what can be known immediately.
        DescriptionChecks.Check(description);

        // 2. Take the container's run directory.
        RunDirectory directory = givenDirectory ?? TakeDirectory(undo);

        // 3. Choose a VMM that can boot the kernel.
        KernelEntry kernel = new KernelSearch(context.Directories).Resolve(description.Kernel);
        choice = chooseMachine(kernel);
        ContainerDescription settled = KernelNeeds.Settle(description, kernel, diagnostics);
        RunSetup setup = new(settled, context, directory, kernel, choice.Driver, description.Shape, timeline, undo);
        parts = RunParts.Of(setup, isLimited: givenDirectory is not null);

        // 4. Have all parts take what they need, then prepare in parallel. Write the initramfs at the same time.
        string initramfs = await PrepareAsync(setup, cancellationToken).ConfigureAwait(false);

        // 5. Start the machine.
        double machineStartMs = timeline.NowMs;
        IMachine booted = await BootAsync(setup, initramfs, cancellationToken).ConfigureAwait(false);

        // 6. Have the guest set up the container and run its process.
        guest = new GuestRun(setup, parts, booted, observer, diagnostics, gate);
        return await guest.ExecuteAsync(streams, machineStartMs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates a directory for a run without a keeper. It first cleans up after crashed runs, which no client has done.</summary>
    private RunDirectory TakeDirectory(UndoStack undo)
    {
        diagnostics.AddRange(Reconciliation.Run(context.Directories));
        RunDirectory directory = RunDirectory.Create(
            context.Directories, new RunResources { Id = ContainerId.New().ToString(), Owner = ProcessIdentity.Current, Created = context.Clock.GetUtcNow() });
        undo.Push($"remove the container's directory '{directory.Path}'", directory.Delete);
        return directory;
    }

    /// <returns>The path of the initramfs.</returns>
    private async Task<string> PrepareAsync(RunSetup setup, CancellationToken cancellationToken)
    {
        string init = GuestInit.Find(description.InitPath);
        string initramfs = Path.Combine(setup.Directory.Path, "initramfs.cpio");
        foreach (IRunPart part in parts)
        {
            await part.TakeAsync(cancellationToken).ConfigureAwait(false);
        }

        string[] expected = Modules();
        Task writing = Task.Run(() => GuestInit.Pack(initramfs, init, setup.Kernel, expected), cancellationToken);
        await Task.WhenAll([writing, .. parts.Select(part => part.PrepareAsync(cancellationToken))]).ConfigureAwait(false);
        string[] needed = Modules();
        if (!needed.SequenceEqual(expected))
        {
            GuestInit.Pack(initramfs, init, setup.Kernel, needed);
        }

        return initramfs;

        string[] Modules() => [.. setup.Driver.GuestModules, .. parts.SelectMany(part => part.KernelModules)];
    }

    private async Task<IMachine> BootAsync(RunSetup setup, string initramfs, CancellationToken cancellationToken)
    {
        MachineConfiguration configuration = parts.Aggregate(MachineOf(setup, initramfs), (machine, part) => part.Add(machine));
        setup.NoteFiles(setup.Driver.TracesOf(configuration));
        IMachine configured = choice!.Configure(configuration);
        foreach (IRunPart part in parts)
        {
            part.Enter(configured);
        }

        setup.Undo.Own("end the machine", configured);
        lock (gate)
        {
            cancellationToken.ThrowIfCancellationRequested();
            machine = configured;
        }

        await configured.BootAsync(cancellationToken).ConfigureAwait(false);
        diagnostics.AddRange(Diagnostic.Warnings(DiagnosticCode.VmmDoubtful, configured.Warnings));
        ProcessIdentity? identity = ProcessIdentity.Read(configured.ProcessId);
        setup.Directory.Update(setup.Directory.Resources with { Machine = identity });
        observer.Booted(configured, identity);
        return configured;
    }

    /// <summary>Only QEMU has network interfaces without taps.</summary>
    private static VmmKind VmmOf(ContainerDescription description) =>
        description is { Vmm: VmmKind.Auto, Network.Mode: NetworkMode.HostForward } ? VmmKind.Qemu : description.Vmm;

    private static MachineConfiguration MachineOf(RunSetup setup, string initramfs) => new()
    {
        Id = setup.Directory.Id.ToString(),
        RunDirectory = setup.Directory.Path,
        KernelPath = setup.Kernel.ImagePath,
        InitramfsPath = initramfs,
        VirtualCpus = setup.Shape.VirtualCpus,
        MemoryInMiB = setup.Shape.MemoryInMebibytes,
        KernelArguments = setup.Driver.Channel == ChannelKind.Vsock ? [$"{GuestProtocol.ChannelArgument}={GuestProtocol.VsockChannel}"] : [],
        ConsoleLogPath = setup.Description.ConsoleLog,
        Channel = new MachineChannel(GuestProtocol.SerialPortName, GuestProtocol.VsockPort),
    };

    private async Task ReleaseAsync(UndoStack undo)
    {
        try
        {
            await undo.DisposeAsync().ConfigureAwait(false);
        }
        catch (AggregateException exception)
        {
            diagnostics.AddRange(Diagnostic.Warnings(DiagnosticCode.ReleaseFailed, exception.InnerExceptions.Select(inner => inner.Message)));
        }
    }

    private HearthException Explain(HearthException failure) =>
        End is null ? parts.Aggregate(failure, (explained, part) => part.Explain(explained)) : failure;

    /// <summary>The report as it is now; its exit code is 0.</summary>
    internal RunReport Observe() => Report(0, failure: null);

    /// <summary>Records how long the start waited for its turn, before this process was launched.</summary>
    internal void NoteQueue(long milliseconds) => timeline.Add(PhaseNames.Queue, 0, milliseconds);

    private RunReport Report(int exitCode, HearthException? failure) => parts.Aggregate(
        new RunReport
        {
            Vmm = machine?.Vmm,
            VmmReason = choice?.Reason,
            Accelerator = machine?.Accelerator,
            Confinement = machine is { Configuration.Confinement: var user } ? new ConfinementReport(user?.UserId, user?.GroupId, machine.Confinement) : null,
            ExitCode = exitCode,
            Error = failure?.Message,
            Phases = timeline.Phases,
        },
        (report, part) => part.Add(report));

    /// <summary>Ignores a failure to send to a guest that has ended; the run itself reports why it ended.</summary>
    private static void Forget(Task sending) =>
        sending.ContinueWith(task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
