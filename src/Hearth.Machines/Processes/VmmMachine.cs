using Hearth.Linux.Processes;
using Hearth.Machines.Console;

namespace Hearth.Machines.Processes;

/// <summary>The base of the machines of every VMM: their states, the serialisation of their actions, and their end.</summary>
/// <typeparam name="TVmm">The VMM's process.</typeparam>
internal abstract class VmmMachine<TVmm> : IMachine
    where TVmm : class, IRunningVmm
{
    /// <summary>Shells report an end by a signal as this number plus the signal's number.</summary>
    private const int SignalExitBase = 128;

    /// <summary>
    /// The guest's memory divided by the memory of its page tables: 8 bytes for each 4096, for the VMM's address space and, under
    /// KVM, the guest's; doubled as a reserve.
    /// </summary>
    private const int PageTableShare = 128;

    private static readonly TimeSpan OwnEndTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// From the VMM's start until the guest's processors run. It takes a tenth of a second, or some seconds if many start at the
    /// same time.
    /// </summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    /// <summary>For pause and resume, which a VMM does immediately.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>For a shutdown, which asks the guest's kernel several times to write back its caches and to power off.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(60);

    /// <summary>For the end of a killed process, which is immediate unless it waits in the kernel for a disk.</summary>
    private static readonly TimeSpan DeathTimeout = TimeSpan.FromSeconds(30);

    private readonly MachineLifecycle lifecycle;
    private readonly SemaphoreSlim acting = new(1, 1);
    private readonly TaskCompletionSource<MachineExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private TVmm? vmm;
    private bool isStarting;

    /// <summary>True if this program ended the machine, so the exit of the process is not a fault.</summary>
    private volatile bool killed;

    /// <summary>The VMM's refusal of the machine, for which it was killed; null if there was none.</summary>
    private volatile string? refusal;

    private protected VmmMachine(MachineConfiguration configuration)
    {
        Configuration = configuration;
        lifecycle = new MachineLifecycle(configuration.Id);
    }

    public MachineConfiguration Configuration { get; }

    public MachineState State => lifecycle.State;

    public abstract string Vmm { get; }

    public abstract string Accelerator { get; }

    public int OverheadInMiB => OwnOverheadInMiB + (Configuration.MemoryInMiB / PageTableShare);

    public virtual IReadOnlyList<string> Warnings => [];

    public abstract IReadOnlyList<string> Confinement { get; }

    public int ProcessId => vmm?.ProcessId ?? 0;

    public Task<MachineExit> Exited => exited.Task;

    /// <summary><see cref="OverheadInMiB"/> without the part that grows with the guest's memory.</summary>
    private protected abstract int OwnOverheadInMiB { get; }

    /// <summary>The VMM's name in messages.</summary>
    private protected abstract string VmmTitle { get; }

    public async Task BootAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lock (gate)
        {
            lifecycle.Move(MachineState.Booting, "boot");
            isStarting = true;
        }

        TVmm process = await StartProcessAsync().ConfigureAwait(false);
        try
        {
            await InTimeAsync(StartGuestAsync(process, cancellationToken), StartTimeout, cancellationToken).ConfigureAwait(false);
            lifecycle.Move(MachineState.Running, "boot");
        }
        catch (MachineException failure) when (failure.Error == MachineError.MachineEnded)
        {
            MachineExit exit = await AwaitEndAsync(process).ConfigureAwait(false);
            throw killed
                ? failure
                : new MachineException(MachineError.VmmFailed, $"{VmmTitle} did not start the machine: {exit.Message}", failure);
        }
        catch (MachineException failure)
        {
            refusal = failure.Message;
            process.Kill();
            await AwaitDeathAsync().ConfigureAwait(false);
            throw;
        }
        catch
        {
            Kill();
            await AwaitDeathAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<Stream> OpenChannelAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lifecycle.Require("open the channel of", MachineState.Running, MachineState.Paused);
        return TakeChannel(vmm!) ?? throw new MachineException(
            MachineError.ChannelTaken, $"cannot open the channel of machine {Configuration.Id} again: {VmmTitle} has only one");
    }

    public async Task PauseAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lifecycle.Require("pause", MachineState.Running);
        await SteerAsync(PauseAsync, ResumeAsync, cancellationToken).ConfigureAwait(false);
        lifecycle.Move(MachineState.Paused, "pause");
    }

    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lifecycle.Require("resume", MachineState.Paused);
        await SteerAsync(ResumeAsync, PauseAsync, cancellationToken).ConfigureAwait(false);
        lifecycle.Move(MachineState.Running, "resume");
    }

    public async Task ShutdownAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lifecycle.Require("shut down", MachineState.Running);
        await InTimeAsync(ShutdownAsync(vmm!, cancellationToken), ShutdownTimeout, cancellationToken).ConfigureAwait(false);
    }

    public void Kill()
    {
        lock (gate)
        {
            killed = true;
            lifecycle.Move(MachineState.Ended, "kill");
            if (vmm is not null)
            {
                vmm.Kill();
            }
            else if (!isStarting)
            {
                exited.TrySetResult(new MachineExit(MachineExitKind.Killed, 0, "the machine was killed before it started", []));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await AwaitDeathAsync().ConfigureAwait(false);

        // An action in progress fails now. The process is disposed only after that action has returned.
        using IDisposable act = await BeginAsync(CancellationToken.None).ConfigureAwait(false);
        if (vmm is not null)
        {
            await vmm.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Starts the process.</summary>
    /// <param name="console">The log for the guest's console; this method takes ownership.</param>
    private protected abstract Task<TVmm> StartAsync(ConsoleLog console);

    /// <summary>Completes when the virtual processors run.</summary>
    /// <exception cref="MachineException"><see cref="MachineError.MachineEnded"/> if the process ended.</exception>
    private protected abstract Task StartGuestAsync(TVmm process, CancellationToken cancellationToken);

    /// <returns>The channel's stream; null if it was taken before.</returns>
    private protected abstract Stream? TakeChannel(TVmm process);

    private protected abstract Task PauseAsync(TVmm process, CancellationToken cancellationToken);

    private protected abstract Task ResumeAsync(TVmm process, CancellationToken cancellationToken);

    private protected abstract Task ShutdownAsync(TVmm process, CancellationToken cancellationToken);

    /// <returns>How the guest ended the machine, as a clause; null if it did not.</returns>
    private protected abstract string? EndByGuest(TVmm process, ProcessEnd end);

    /// <returns>The reason for the VMM's end with its error text, without a full stop.</returns>
    private protected abstract string EndByItself(TVmm process, ProcessEnd end);

    /// <summary>
    /// Starts the VMM and waits for its end in the background. If the machine was killed during the start, kills the VMM.
    /// </summary>
    private async Task<TVmm> StartProcessAsync()
    {
        try
        {
            TVmm process = await StartAsync(OpenConsoleLog()).ConfigureAwait(false);
            lock (gate)
            {
                vmm = process;
                if (killed)
                {
                    process.Kill();
                }
            }

            _ = FollowAsync(process);
            return process;
        }
        catch (MachineException failure)
        {
            End(new MachineExit(MachineExitKind.Crashed, 0, failure.Message, []));
            throw;
        }
    }

    private ConsoleLog OpenConsoleLog()
    {
        try
        {
            return new ConsoleLog(Configuration.ConsoleLogPath, Configuration.ConsoleLogLimitInBytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MachineException(MachineError.InvalidConfiguration, $"cannot write the console log: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// Waits for the end of a VMM that has closed its control socket. It usually ends on its own, with a status and an error text;
    /// after a timeout it is killed.
    /// </summary>
    private async Task<MachineExit> AwaitEndAsync(TVmm process)
    {
        try
        {
            return await exited.Task.WaitAsync(OwnEndTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            process.Kill();
            return await AwaitDeathAsync().ConfigureAwait(false);
        }
    }

    /// <exception cref="MachineException">The process was killed and did not end in time.</exception>
    private async Task<MachineExit> AwaitDeathAsync()
    {
        try
        {
            return await exited.Task.WaitAsync(DeathTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new MachineException(
                MachineError.VmmSilent,
                $"{VmmTitle} (process {ProcessId}) was killed and did not end within {DeathTimeout.TotalSeconds:0} s: it waits for a disk");
        }
    }

    /// <summary>
    /// Stops or resumes the virtual processors. If the VMM does not answer in time, the opposite is requested too: a VMM that
    /// processes the first request later then also reverts it, so the machine still matches its state.
    /// </summary>
    private async Task SteerAsync(Func<TVmm, CancellationToken, Task> act, Func<TVmm, CancellationToken, Task> opposite, CancellationToken cancellationToken)
    {
        try
        {
            await InTimeAsync(act(vmm!, cancellationToken), AnswerTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (MachineException silent) when (silent.Error == MachineError.VmmSilent)
        {
            Observe(opposite(vmm!, CancellationToken.None));
            throw;
        }
    }

    /// <exception cref="MachineException">The VMM did not answer in time.</exception>
    private async Task InTimeAsync(Task answer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await answer.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!answer.IsCompleted)
        {
            Observe(answer);
            throw new MachineException(
                MachineError.VmmSilent,
                $"{VmmTitle} (process {ProcessId}) has not answered for {timeout.TotalSeconds:0} s: {(ProcessStates.IsStopped(ProcessId) ? "it is stopped" : "it hangs")}");
        }
    }

    /// <summary>Observes the failure of a request that no caller awaits any more; the machine's end reports the cause.</summary>
    private static void Observe(Task answer) =>
        answer.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private async Task<IDisposable> BeginAsync(CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Act(acting);
    }

    private async Task FollowAsync(TVmm process)
    {
        try
        {
            ProcessEnd end = await process.WaitAsync().ConfigureAwait(false);
            int status = end.Signal != 0 ? SignalExitBase + end.Signal : end.ExitCode;
            (MachineExitKind kind, string message) = Explain(process, end);
            End(new MachineExit(kind, status, message, process.Console.Tail));
        }
        catch (Exception exception)
        {
            // No caller awaits this task, but callers wait for the machine's end, so every failure must end the machine.
            End(new MachineExit(MachineExitKind.Crashed, 0, $"{VmmTitle} ended for an unknown reason: {exception.Message}", []));
        }
    }

    private void End(MachineExit exit)
    {
        lifecycle.Move(MachineState.Ended, "end");
        exited.TrySetResult(exit);
    }

    private (MachineExitKind Kind, string Message) Explain(TVmm process, ProcessEnd end)
    {
        if (process.Console.Panic is string panic)
        {
            return (MachineExitKind.KernelPanic, $"the guest's kernel panicked: {panic}");
        }

        if (refusal is not null)
        {
            return (MachineExitKind.Crashed, refusal);
        }

        if (EndByGuest(process, end) is string how)
        {
            return (MachineExitKind.PoweredOff, how);
        }

        return killed
            ? (MachineExitKind.Killed, "the machine was killed")
            : (MachineExitKind.Crashed, EndByItself(process, end));
    }

    private sealed class Act(SemaphoreSlim acting) : IDisposable
    {
        public void Dispose() => acting.Release();
    }
}
