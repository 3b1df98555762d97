using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Machines;
using Hearth.Keeper.Parts;
using Hearth.Keeper.Streams;
using Hearth.Machines;

namespace Hearth.Keeper.Running;

/// <summary>
/// The part of a run that happens in the guest, while its machine runs.
/// <list type="number">
/// <item>Wait for the guest's first message.</item>
/// <item>Have it set up the container, with what each part adds.</item>
/// <item>When the process may start, have the parts complete the guest, start it, and copy its streams.</item>
/// <item>Wait for its end and for all of its output.</item>
/// <item>Have the parts take what they keep of the guest.</item>
/// <item>Shut the guest down, if a part needs that.</item>
/// </list>
/// </summary>
/// <param name="setup">The data that the parts share.</param>
/// <param name="parts">The run's parts.</param>
/// <param name="machine">The booted machine.</param>
/// <param name="observer">Decides when the process may start.</param>
/// <param name="diagnostics">Receives the diagnostics for users.</param>
/// <param name="gate">Held while the process becomes known to signals.</param>
internal sealed class GuestRun(RunSetup setup, IReadOnlyList<IRunPart> parts, IMachine machine, IRunObserver observer, List<Diagnostic> diagnostics, Lock gate)
{
    private const string ProcessName = "main";

    /// <summary>The guest's write-back can take this long on a busy disk.</summary>
    private static readonly TimeSpan shutdownTimeout = TimeSpan.FromSeconds(60);

    private readonly TimeProvider clock = setup.Context.Clock;
    private readonly MachineWatch watch = new(machine, setup.Context.Clock);

    private readonly TimeSpan stepTimeout = setup.Description.BootTimeout
        ?? (machine.Accelerator == "tcg" ? ContainerDescription.DefaultEmulatedBootTimeout : ContainerDescription.DefaultBootTimeout);

    private GuestSession? current;

    /// <summary>What waits in the guest's channel.</summary>
    public long BacklogInBytes => current?.BacklogInBytes ?? 0;

    /// <summary>The container's process; null until it runs.</summary>
    public GuestProcess? Process { get; private set; }

    /// <summary>How the process ended; null while it runs.</summary>
    public ProcessExited? End { get; private set; }

    /// <returns>The process's exit code.</returns>
    /// <exception cref="HearthException">The machine ended, or the guest did not answer or refused a request.</exception>
    public async Task<int> ExecuteAsync(WorkloadStreams streams, double machineStartMs, CancellationToken cancellationToken)
    {
        Stream transport = await machine.OpenChannelAsync(cancellationToken).ConfigureAwait(false);
        GuestSession session = setup.Undo.Own("close the guest's channel", new GuestSession(GuestChannel.StartHost(transport), GuestDeadline.Of(machine, clock)));
        current = session;

        // 1. Wait for the guest's first message.
        GuestHello hello = await watch.InTime(session.Hello, stepTimeout, "answer", cancellationToken).ConfigureAwait(false);
        double helloMs = setup.Timeline.NowMs;

        // 2. Have it set up the container.
        await ConfigureAsync(session, cancellationToken).ConfigureAwait(false);
        GuestPhases.Add(setup.Timeline, hello, machineStartMs, helloMs);

        // 3. and 4. Start the process and wait for its end.
        ProcessExited end = await RunProcessAsync(session, streams, cancellationToken).ConfigureAwait(false);

        // 5. Take what is kept of the guest.
        foreach (IRunPart part in parts)
        {
            await watch.WhileAlive(part.EndingAsync(session, cancellationToken)).ConfigureAwait(false);
        }

        // 6. Shut the guest down.
        await ShutDownAsync(session, cancellationToken).ConfigureAwait(false);
        return end.ExitCode;
    }

    private async Task ConfigureAsync(GuestSession session, CancellationToken cancellationToken)
    {
        ContainerDescription description = setup.Description;
        ConfigureGuest configuration = GuestRequests.Configure(description.Spec, setup.Shape, setup.Directory.Id.Short, GuestRequests.NoRoot, clock.GetUtcNow()) with
        {
            HasReaper = description.HasReaper,
            LocalTime = description.TimeZone is { } zone ? TimeZoneFile.Read(zone) : [],
        };
        configuration = parts.Aggregate(configuration, (guest, part) => part.Add(guest, session));
        TimeSpan timeout = parts.Any(part => part.MayTakeLong) ? Timeout.InfiniteTimeSpan : stepTimeout;
        GuestConfigured configured = await watch.InTime(
            session.ConfigureAsync(configuration, cancellationToken), timeout, "set up the container", cancellationToken).ConfigureAwait(false);
        diagnostics.AddRange(Diagnostic.Warnings(DiagnosticCode.GuestSetupDiffers, configured.Warnings));
    }

    private async Task<ProcessExited> RunProcessAsync(GuestSession session, WorkloadStreams streams, CancellationToken cancellationToken)
    {
        GuestProcess? held = observer.HoldsWorkload
            ? await HoldAsync(session, cancellationToken).ConfigureAwait(false)
            : null;
        WorkloadStart start = await watch.WhileAlive(observer.ReadyAsync(session, cancellationToken)).ConfigureAwait(false);
        foreach (IRunPart part in parts)
        {
            await watch.WhileAlive(part.StartingAsync(session, cancellationToken)).ConfigureAwait(false);
        }

        double startMs = setup.Timeline.NowMs;
        GuestProcess process = held ?? await watch.InTime(
            session.StartAsync(GuestRequests.Start(setup.Description.Spec.Process!, ProcessName, start.Size), start.TakesInput, cancellationToken),
            stepTimeout, "start the command", cancellationToken).ConfigureAwait(false);
        TaskCompletionSource<double> firstOutput = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task output = StreamPump.StartAsync(process, streams, () =>
        {
            firstOutput.TrySetResult(setup.Timeline.NowMs);
            foreach (IRunPart part in parts)
            {
                part.FirstOutput();
            }
        });
        if (held is not null)
        {
            await watch.InTime(held.ReleaseAsync(cancellationToken), stepTimeout, "start the command", cancellationToken).ConfigureAwait(false);
        }

        ProcessStarted started = await watch.InTime(process.Started, stepTimeout, "start the command", cancellationToken).ConfigureAwait(false);
        double startedMs = setup.Timeline.NowMs;
        setup.Timeline.Add(PhaseNames.Process, startMs, startedMs);
        lock (gate)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Process = process;
        }

        foreach (IRunPart part in parts)
        {
            part.Started();
        }

        observer.Started(process, started);
        Task noted = NoteFirstOutputAsync(startedMs, firstOutput.Task);
        End = await watch.WhileAlive(process.Exited).ConfigureAwait(false);
        await watch.WhileAlive(output).ConfigureAwait(false);
        firstOutput.TrySetCanceled(CancellationToken.None);
        await noted.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return End;
    }

    private async Task NoteFirstOutputAsync(double startedMs, Task<double> firstOutput) =>
        setup.Timeline.Add(PhaseNames.FirstOutput, startedMs, await firstOutput.ConfigureAwait(false));

    private async Task<GuestProcess> HoldAsync(GuestSession session, CancellationToken cancellationToken)
    {
        StartProcess start = GuestRequests.Start(setup.Description.Spec.Process!, ProcessName, windowSize: null) with { IsHeld = true };
        GuestProcess process = await watch.InTime(
            session.StartAsync(start, setup.Description.Interactive, cancellationToken), stepTimeout, "prepare the command", cancellationToken).ConfigureAwait(false);
        await watch.InTime(process.Held, stepTimeout, "prepare the command", cancellationToken).ConfigureAwait(false);
        return process;
    }

    /// <summary>
    /// Has the guest write back cached data of its persistent disks and shares. If there are none, the machine can be killed
    /// without a shutdown.
    /// </summary>
    private async Task ShutDownAsync(GuestSession session, CancellationToken cancellationToken)
    {
        if (!parts.Any(part => part.NeedsShutdown))
        {
            return;
        }

        try
        {
            await session.SendAsync(new ShutDownGuest(), cancellationToken).ConfigureAwait(false);
            await machine.Exited.WaitAsync(shutdownTimeout, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or HearthException)
        {
            diagnostics.Add(Diagnostic.Warning(
                DiagnosticCode.GuestNotShutDown, $"cannot shut the guest down: {failure.Message}; data that it has not written back to its disks may be lost"));
        }
    }
}
