using Hearth.Linux.Processes;
using Hearth.Linux.Processors;
using Hearth.Machines.Console;

namespace Hearth.Machines.Qemu;

/// <summary>One QEMU process, steered through QMP. Its sockets are inherited pairs, so it leaves no file behind.</summary>
internal sealed class QemuMachine : IMachine
{
    /// <summary>Shells add this to a signal's number.</summary>
    private const int SignalExitBase = 128;

    /// <summary>The clocks are compared over at least this long.</summary>
    private const long ShortestMeasureInNanoseconds = 5_000_000;

    private static readonly TimeSpan OwnEndTimeout = TimeSpan.FromSeconds(5);

    private readonly string program;
    private readonly Accelerator accelerator;
    private readonly MachineLifecycle lifecycle;
    private readonly SemaphoreSlim acting = new(1, 1);
    private readonly TaskCompletionSource<MachineExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeStamp configuredAt = TimeStampCounter.IsAvailable ? TimeStampCounter.Take() : default;
    private readonly Lock gate = new();
    private QemuProcess? qemu;
    private bool isStarting;

    /// <summary>Somebody here wanted the end: what the process says of it is no fault.</summary>
    private volatile bool killed;

    internal QemuMachine(MachineConfiguration configuration, string program, Accelerator accelerator)
    {
        this.program = program;
        this.accelerator = accelerator;
        Configuration = configuration;
        lifecycle = new MachineLifecycle(configuration.Id);
    }

    public MachineConfiguration Configuration { get; }

    public MachineState State => lifecycle.State;

    public string Vmm => "qemu";

    public string Accelerator => accelerator == Machines.Accelerator.Kvm ? "kvm" : "tcg";

    public int ProcessId => qemu?.ProcessId ?? 0;

    public Task<MachineExit> Exited => exited.Task;

    public async Task BootAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lock (gate)
        {
            lifecycle.Move(MachineState.Booting, "boot");
            isStarting = true;
        }

        QemuProcess process = await StartProcessAsync().ConfigureAwait(false);
        try
        {
            await process.Control.NegotiateAsync(cancellationToken).ConfigureAwait(false);
            lifecycle.Move(MachineState.Running, "boot");
        }
        catch (MachineException failure) when (failure.Error == MachineError.MachineEnded)
        {
            MachineExit exit = await AwaitEndAsync(process).ConfigureAwait(false);
            throw killed
                ? failure
                : new MachineException(MachineError.VmmFailed, $"QEMU did not start the machine: {exit.Message}", failure);
        }
        catch
        {
            Kill();
            await exited.Task.ConfigureAwait(false);
            throw;
        }
    }

    public async Task<Stream> OpenChannelAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lifecycle.Require("open the channel of", MachineState.Running, MachineState.Paused);
        return qemu!.TakeChannel() ?? throw new MachineException(
            MachineError.ChannelTaken, $"The channel of machine {Configuration.Id} was opened before; QEMU's virtio-serial port has only one.");
    }

    public async Task PauseAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lifecycle.Require("pause", MachineState.Running);
        await qemu!.Control.ExecuteAsync("stop", cancellationToken).ConfigureAwait(false);
        lifecycle.Move(MachineState.Paused, "pause");
    }

    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lifecycle.Require("resume", MachineState.Paused);
        await qemu!.Control.ExecuteAsync("cont", cancellationToken).ConfigureAwait(false);
        lifecycle.Move(MachineState.Running, "resume");
    }

    /// <summary>By the kernel's SysRq keys, which its serial console takes: write back, then power off.</summary>
    public async Task ShutdownAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable act = await BeginAsync(cancellationToken).ConfigureAwait(false);
        lifecycle.Require("shut down", MachineState.Running);
        await new SysRqKeys(qemu!).PowerOffAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Kill()
    {
        lock (gate)
        {
            killed = true;
            lifecycle.Move(MachineState.Ended, "kill");
            if (qemu is not null)
            {
                qemu.Kill();
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
        await exited.Task.ConfigureAwait(false);

        // An act that was under way fails now; what it uses is taken away after it.
        using IDisposable act = await BeginAsync(CancellationToken.None).ConfigureAwait(false);
        if (qemu is not null)
        {
            await qemu.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Starts QEMU and follows it; a kill that came meanwhile reaches it.</summary>
    private async Task<QemuProcess> StartProcessAsync()
    {
        try
        {
            QemuCommandLine line = new(Configuration, accelerator, MeasureTimeStampKHz());
            QemuProcess process = await QemuProcess.StartAsync(program, line, OpenConsoleLog()).ConfigureAwait(false);
            lock (gate)
            {
                qemu = process;
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

    /// <summary>A QEMU that has closed its control socket is about to end by itself, with a status and words of its own.</summary>
    private async Task<MachineExit> AwaitEndAsync(QemuProcess process)
    {
        try
        {
            return await exited.Task.WaitAsync(OwnEndTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            process.Kill();
            return await exited.Task.ConfigureAwait(false);
        }
    }

    private async Task<IDisposable> BeginAsync(CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Act(acting);
    }

    private async Task FollowAsync(QemuProcess process)
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
            End(new MachineExit(MachineExitKind.Crashed, 0, $"QEMU is gone, and how is not known: {exception.Message}", []));
        }
    }

    private void End(MachineExit exit)
    {
        lifecycle.Move(MachineState.Ended, "end");
        exited.TrySetResult(exit);
    }

    private (MachineExitKind Kind, string Message) Judge(QemuProcess process, ProcessEnd end)
    {
        if (process.Console.Panic is string panic)
        {
            return (MachineExitKind.KernelPanic, $"The guest's kernel panicked: {panic}");
        }

        if (process.Control.ShutdownReason is string reason && reason.StartsWith("guest", StringComparison.Ordinal))
        {
            return (MachineExitKind.PoweredOff, reason == "guest-reset" ? "The guest asked for a restart." : "The guest powered off.");
        }

        if (killed)
        {
            return (MachineExitKind.Killed, "The machine was ended.");
        }

        string how = end.Signal != 0 ? $"QEMU was killed by signal {end.Signal}" : $"QEMU ended with status {end.ExitCode}";
        return (MachineExitKind.Crashed, process.Complaints.Length == 0 ? $"{how}." : $"{how}: {process.Complaints}");
    }

    private long MeasureTimeStampKHz()
    {
        if (!TimeStampCounter.IsAvailable)
        {
            return 0;
        }

        TimeStamp now = TimeStampCounter.Take();
        while (now.Nanoseconds - configuredAt.Nanoseconds < ShortestMeasureInNanoseconds)
        {
            Thread.SpinWait(100);
            now = TimeStampCounter.Take();
        }

        return now.FrequencyInKHz(configuredAt);
    }

    private sealed class Act(SemaphoreSlim acting) : IDisposable
    {
        public void Dispose() => acting.Release();
    }
}
