using Hearth.Linux;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Processes;

/// <summary>
/// The process of a VMM, a child of this program that dies with it, for which a <see cref="ProcessGuard"/> stands. A thread of
/// its own starts it and waits for it.
/// </summary>
internal sealed class VmmProcess
{
    private const int ThreadStackBytes = 256 << 10;

    private static readonly string[] passedVariables = ["PATH", "LANG", "TMPDIR"];

    private readonly TaskCompletionSource<ProcessEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private bool reaped;

    private VmmProcess()
    {
    }

    internal int ProcessId { get; private set; }

    /// <summary>The first process of the VMM's namespace; gone when <see cref="Ended"/> completes.</summary>
    internal int GuardProcessId { get; private set; }

    /// <summary>Completes when the process is gone; until then its pid is its own.</summary>
    internal Task<ProcessEnd> Ended => ended.Task;

    /// <summary>Starts a VMM.</summary>
    /// <param name="program">Its file, absolute.</param>
    /// <param name="arguments">Without its own name.</param>
    /// <param name="passed">Descriptors that it keeps under the same numbers; 0 to 2 are given by the other parameters. The caller keeps its own.</param>
    /// <param name="nullDevice">Its standard input.</param>
    /// <param name="output">Its standard output.</param>
    /// <param name="error">Its standard error.</param>
    /// <param name="environment">This program's, of which it gets what concerns programs and texts.</param>
    /// <param name="mounts">What it sees beyond the host's files; null for nothing.</param>
    /// <exception cref="MachineException">The process could not be made.</exception>
    internal static async Task<VmmProcess> StartAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyList<SafeFileHandle> passed,
        SafeFileHandle nullDevice,
        SafeFileHandle output,
        SafeFileHandle error,
        HostEnvironment environment,
        PrivateMounts? mounts = null)
    {
        string[] line = [program, .. arguments];
        (SafeFileHandle, int)[] descriptors =
        [
            (nullDevice, 0), (output, 1), (error, 2), .. passed.Select(descriptor => (descriptor, NumberOf(descriptor))),
        ];
        VmmProcess process = new();
        TaskCompletionSource<int> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() => process.Run(line, descriptors, environment, mounts, started), ThreadStackBytes)
        {
            IsBackground = true,
            Name = "vmm " + Path.GetFileName(program),
        };
        thread.Start();
        process.ProcessId = await started.Task;
        return process;
    }

    /// <summary>The number of a descriptor that stays the same in the VMM, for its command line.</summary>
    internal static int NumberOf(SafeFileHandle descriptor) => (int)descriptor.DangerousGetHandle();

    /// <summary>SIGKILL; harmless when the process is gone.</summary>
    internal void Kill() => Signal(SignalNumber.Kill);

    /// <summary>Stops all threads of the process, those that run a guest's instructions among them; done when they stand still, or the process is gone.</summary>
    internal Task SuspendAsync()
    {
        Signal(SignalNumber.Stop);
        return Task.Factory.StartNew(
            () => ProcessWaiting.WaitForStop(ProcessId), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Has a suspended process go on.</summary>
    internal void Continue() => Signal(SignalNumber.Continue);

    private void Signal(int signal)
    {
        lock (gate)
        {
            if (!reaped)
            {
                Signals.Send(ProcessId, signal);
            }
        }
    }

    private void Run(string[] line, (SafeFileHandle, int)[] descriptors, HostEnvironment environment, PrivateMounts? mounts, TaskCompletionSource<int> started)
    {
        ProcessGuard guard;
        int pid;
        try
        {
            string[] variables = [.. passedVariables.Where(name => environment.Find(name) is not null).Select(name => $"{name}={environment.Find(name)}")];
            (guard, pid) = mounts is null ? Start() : mounts.Surround(Start);

            (ProcessGuard, int) Start() =>
                ProcessGuard.Start(environment, () => ProcessSpawning.SpawnInNewSession(line[0], line, variables, descriptors));
        }
        catch (MachineException e)
        {
            started.SetException(e);
            return;
        }
        catch (LinuxException e)
        {
            started.SetException(new MachineException(MachineError.VmmFailed, $"Cannot start {line[0]}: {e.Message}", e));
            return;
        }

        GuardProcessId = guard.ProcessId;
        started.SetResult(pid);
        Await(pid, guard);
    }

    private void Await(int pid, ProcessGuard guard)
    {
        try
        {
            // Left a zombie first: until it is reaped under the lock, its pid cannot be another's.
            _ = ProcessWaiting.WaitFor(pid);
            ProcessEnd end;
            lock (gate)
            {
                reaped = true;
                end = ProcessWaiting.Reap(pid);
            }

            guard.Dispose();
            ended.SetResult(end);
        }
        catch (LinuxException e)
        {
            // Somebody else reaped it: gone it is, only how is lost.
            reaped = true;
            ended.SetException(e);
        }
    }
}
