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
using Hearth.Machines.Initramfs;
using Hearth.Machines.Kernel;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Running;

/// <summary>
/// One run of a container: from its description to its process's end, with nothing left behind. What a container can have
/// besides a process are <see cref="IRunPart"/>s.
/// <list type="number">
/// <item>Check what can be known at once: rights, the root directory.</item>
/// <item>Take the container's directory beneath the run directory.</item>
/// <item>Choose the VMM by the kernel.</item>
/// <item>Have all parts take what they need, then prepare side by side; meanwhile write the initramfs.</item>
/// <item>Start the machine, as the parts make it up.</item>
/// <item>Have the guest set up the container and run its process, until that has ended: <see cref="GuestRun"/>.</item>
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

    /// <param name="description">What to run.</param>
    /// <param name="context">Where things are, and live objects.</param>
    public ContainerRun(ContainerDescription description, RunContext context)
        : this(description, kernel => MachineDrivers.Choose(description.Vmm, description.Accelerator, description.Jail, context.Environment, kernel), context)
    {
    }

    /// <param name="description">What to run.</param>
    /// <param name="directory">The container's, which stays the caller's.</param>
    /// <param name="observer">Follows the run, and lets the process start.</param>
    /// <param name="context">Where things are, and live objects.</param>
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
    /// <returns>Also for a run that failed: nothing that a caller could have avoided is thrown.</returns>
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
            // What fails since the machine was taken away is no failure of the run.
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

        // 8. End the machine and release everything, in reverse order.
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

    /// <summary>Sends a signal to the process, and waits for nothing.</summary>
    public void Signal(int signal) => Forget(SignalAsync(signal, all: false));

    /// <summary>Sends a signal to the process, or to all processes of the container; before there is one, it ends the run.</summary>
    /// <returns>Done when the guest has delivered it.</returns>
    /// <exception cref="HearthException">The guest refuses it, or answers no more.</exception>
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

    /// <summary>Sets other limits of the host, where the container has any.</summary>
    /// <exception cref="HearthException">One of them cannot be set.</exception>
    internal void Limit(ResourcesSpec resources)
    {
        foreach (IRunPart part in parts)
        {
            part.Limit(resources);
        }
    }

    /// <summary>Ends the run at once, whatever it is doing: the machine is killed, as by SIGKILL, and everything is released.</summary>
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
        // 1. Check what can be known at once.
        DescriptionChecks.Check(description);

        // 2. Take the container's run directory.
        RunDirectory directory = givenDirectory ?? TakeDirectory(undo);

        // 3. Choose the VMM by the kernel.
        KernelEntry kernel = new KernelSearch(context.Directories).Resolve(description.Kernel);
        choice = chooseMachine(kernel);
        ContainerDescription settled = KernelNeeds.Settle(description, kernel, diagnostics);
        RunSetup setup = new(settled, context, directory, kernel, choice.Driver, description.Shape, timeline, undo);
        parts = RunParts.Of(setup, isLimited: givenDirectory is not null);

        // 4. Have all parts take what they need, then prepare side by side; meanwhile write the initramfs.
        string initramfs = await PrepareAsync(setup, cancellationToken).ConfigureAwait(false);

        // 5. Start the machine.
        double machineStartMs = timeline.NowMs;
        IMachine booted = await BootAsync(setup, initramfs, cancellationToken).ConfigureAwait(false);

        // 6. Have the guest set up the container and run its process.
        guest = new GuestRun(setup, parts, booted, observer, diagnostics, gate);
        return await guest.ExecuteAsync(streams, machineStartMs, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>For a run without a keeper: no client has removed what crashed runs have left.</summary>
    private RunDirectory TakeDirectory(UndoStack undo)
    {
        diagnostics.AddRange(Reconciliation.Run(context.Directories));
        RunDirectory directory = RunDirectory.Create(
            context.Directories, new RunResources { Id = ContainerId.New().ToString(), Owner = ProcessIdentity.Current, Created = context.Clock.GetUtcNow() });
        undo.Push($"remove the container's directory '{directory.Path}'", directory.Delete);
        return directory;
    }

    /// <returns>The initramfs.</returns>
    private async Task<string> PrepareAsync(RunSetup setup, CancellationToken cancellationToken)
    {
        string init = GuestInit.Find(description.InitPath);
        string initramfs = Path.Combine(setup.Directory.Path, "initramfs.cpio");
        foreach (IRunPart part in parts)
        {
            await part.TakeAsync(cancellationToken).ConfigureAwait(false);
        }

        string[] expected = Modules();
        Task writing = Task.Run(() => InitramfsImage.Write(initramfs, init, setup.Kernel, expected), cancellationToken);
        await Task.WhenAll([writing, .. parts.Select(part => part.PrepareAsync(cancellationToken))]).ConfigureAwait(false);
        string[] needed = Modules();
        if (!needed.SequenceEqual(expected))
        {
            InitramfsImage.Write(initramfs, init, setup.Kernel, needed);
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

    /// <summary>A guest that is gone takes no signal and no size; the run's own waiting reports why.</summary>
    private static void Forget(Task sending) =>
        sending.ContinueWith(task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
