using Hearth.Linux.Processes;
using Hearth.Machines.Console;

namespace Hearth.Machines.Processes;

/// <summary>What machines of every VMM have in common: their states, their acts one after the other, their one end.</summary>
/// <typeparam name="TVmm">The VMM's process.</typeparam>
internal abstract class VmmMachine<TVmm> : IMachine
    where TVmm : class, IRunningVmm
{
    /// <summary>Shells add this to a signal's number.</summary>
    private const int SignalExitBase = 128;

    /// <summary>Page tables of the VMM's and, under KVM, of the guest's address space: 8 bytes for each 4096, and twice that in all.</summary>
    private const int PageTableShare = 128;

    private static readonly TimeSpan OwnEndTimeout = TimeSpan.FromSeconds(5);

    /// <summary>From its start until the guest's processors run: a tenth of a second, and some seconds where many start at once.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A VMM pauses and resumes at once.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A guest's kernel is asked several times to write back and to power off.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A killed process is gone at once, unless it waits in the kernel for a disk.</summary>
    private static readonly TimeSpan DeathTimeout = TimeSpan.FromSeconds(30);

    private readonly MachineLifecycle lifecycle;
    private readonly SemaphoreSlim acting = new(1, 1);
    private readonly TaskCompletionSource<MachineExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private TVmm? vmm;
    private bool isStarting;

    /// <summary>Somebody here wanted the end: what the process says of it is no fault.</summary>
    private volatile bool killed;

    /// <summary>Why the VMM was ended: it refused the machine. Null where it did not.</summary>
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

    /// <summary><see cref="OverheadInMiB"/> but for what grows with the guest's memory.</summary>
    private protected abstract int OwnOverheadInMiB { get; }

    /// <summary>The VMM's name as people write it.</summary>
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
            MachineError.ChannelTaken, $"The channel of machine {Configuration.Id} was opened before; {VmmTitle} has only one for it.");
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
                exited.TrySetResult(new MachineExit(MachineExitKind.Killed, 0, "The machine was ended before it started.", []));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await AwaitDeathAsync().ConfigureAwait(false);

        // An act that was under way fails now; what it uses is taken away after it.
        using IDisposable act = await BeginAsync(CancellationToken.None).ConfigureAwait(false);
        if (vmm is not null)
        {
            await vmm.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Starts the process.</summary>
    /// <param name="console">Where the guest's console goes; owned by the process from now on.</param>
    private protected abstract Task<TVmm> StartAsync(ConsoleLog console);

    /// <summary>Goes on until the virtual processors run.</summary>
    /// <exception cref="MachineException"><see cref="MachineError.MachineEnded"/> where the process ended.</exception>
    private protected abstract Task StartGuestAsync(TVmm process, CancellationToken cancellationToken);

    /// <returns>Null where it was taken before.</returns>
    private protected abstract Stream? TakeChannel(TVmm process);

    private protected abstract Task PauseAsync(TVmm process, CancellationToken cancellationToken);

    private protected abstract Task ResumeAsync(TVmm process, CancellationToken cancellationToken);

    private protected abstract Task ShutdownAsync(TVmm process, CancellationToken cancellationToken);

    /// <returns>How the guest ended the machine, in a sentence; null where it did not.</returns>
    private protected abstract string? EndByGuest(TVmm process, ProcessEnd end);

    /// <returns>What the VMM's end means and what it said, without a full stop.</returns>
    private protected abstract string EndByItself(TVmm process, ProcessEnd end);

    /// <summary>Starts the VMM and follows it; a kill that came meanwhile reaches it.</summary>
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
            throw new MachineException(MachineError.InvalidConfiguration, $"The console log cannot be written: {failure.Message}", failure);
        }
    }

    /// <summary>A VMM that has closed its control socket is about to end by itself, with a status and words of its own.</summary>
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

    /// <exception cref="MachineException">The process was killed and is still there.</exception>
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
                $"{VmmTitle} (process {ProcessId}) was killed and did not end within {DeathTimeout.TotalSeconds:0} s: it waits in the kernel for a disk.");
        }
    }

    /// <summary>
    /// Has the virtual processors stand still or run on. Where the VMM does not answer, the opposite is asked for as well: what it
    /// takes of the first request later, it takes back, so that the machine stays what its state says.
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
                $"{VmmTitle} (process {ProcessId}) has not answered for {timeout.TotalSeconds:0} s: {(ProcessStates.IsStopped(ProcessId) ? "it is stopped" : "it hangs")}.");
        }
    }

    /// <summary>What becomes of a request that nobody waits for shows by the machine's end at the latest.</summary>
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
            (MachineExitKind kind, string message) = Judge(process, end);
            End(new MachineExit(kind, status, message, process.Console.Tail));
        }
        catch (Exception exception)
        {
            // Nobody awaits this task, and somebody waits for the machine's end, come what may.
            End(new MachineExit(MachineExitKind.Crashed, 0, $"{VmmTitle} is gone, and how is not known: {exception.Message}", []));
        }
    }

    private void End(MachineExit exit)
    {
        lifecycle.Move(MachineState.Ended, "end");
        exited.TrySetResult(exit);
    }

    private (MachineExitKind Kind, string Message) Judge(TVmm process, ProcessEnd end)
    {
        if (process.Console.Panic is string panic)
        {
            return (MachineExitKind.KernelPanic, $"The guest's kernel panicked: {panic}");
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
            ? (MachineExitKind.Killed, "The machine was ended.")
            : (MachineExitKind.Crashed, $"{EndByItself(process, end)}.");
    }

    private sealed class Act(SemaphoreSlim acting) : IDisposable
    {
        public void Dispose() => acting.Release();
    }
}
