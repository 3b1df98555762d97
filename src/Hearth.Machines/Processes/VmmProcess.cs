using Hearth.Linux;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Processes;

/// <summary>
/// The process of a VMM, a child of this program. A <see cref="ProcessGuard"/> ends it when this program ends. A thread of its
/// own starts it and waits for it.
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

    /// <summary>The first process of the VMM's namespace; it has ended when <see cref="Ended"/> completes.</summary>
    internal int GuardProcessId { get; private set; }

    /// <summary>Completes when the process has ended; until then the kernel does not reuse its process id.</summary>
    internal Task<ProcessEnd> Ended => ended.Task;

    /// <summary>Starts a VMM.</summary>
    /// <param name="program">The absolute path of the VMM's file.</param>
    /// <param name="arguments">The arguments, without the program's name.</param>
    /// <param name="passed">
    /// The descriptors that it inherits under the same numbers; the parameters below set 0 to 2. The caller keeps its own copies.
    /// </param>
    /// <param name="nullDevice">The standard input.</param>
    /// <param name="output">The standard output.</param>
    /// <param name="error">The standard error.</param>
    /// <param name="environment">This program's environment; the VMM gets the variables for programs and texts.</param>
    /// <param name="networkNamespace">The file of its network namespace; null for the calling thread's.</param>
    /// <param name="mounts">The mounts that only the VMM sees; null for none.</param>
    /// <exception cref="MachineException">The process could not be started.</exception>
    internal static async Task<VmmProcess> StartAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyList<SafeFileHandle> passed,
        SafeFileHandle nullDevice,
        SafeFileHandle output,
        SafeFileHandle error,
        HostEnvironment environment,
        string? networkNamespace = null,
        PrivateMounts? mounts = null)
    {
        string[] line = [program, .. arguments];
        (SafeFileHandle, int)[] descriptors =
        [
            (nullDevice, 0), (output, 1), (error, 2), .. passed.Select(descriptor => (descriptor, NumberOf(descriptor))),
        ];
        VmmProcess process = new();
        TaskCompletionSource<int> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() => process.Run(program, () => Spawn(line, descriptors, environment, networkNamespace, mounts), started), ThreadStackBytes)
        {
            IsBackground = true,
            Name = "vmm " + Path.GetFileName(program),
        };
        thread.Start();
        process.ProcessId = await started.Task;
        return process;
    }

    /// <summary>The number of a descriptor, which is the same in the VMM, for its command line.</summary>
    internal static int NumberOf(SafeFileHandle descriptor) => (int)descriptor.DangerousGetHandle();

    /// <summary>Sends SIGKILL; does nothing if the process has ended.</summary>
    internal void Kill() => Signal(SignalNumber.Kill);

    /// <summary>
    /// Stops all threads of the process, including those that run the guest. Completes when they have stopped or the process has
    /// ended.
    /// </summary>
    internal Task SuspendAsync()
    {
        Signal(SignalNumber.Stop);
        return Task.Factory.StartNew(
            () => ProcessWaiting.WaitForStop(ProcessId), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Resumes a suspended process.</summary>
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

    /// <summary>Starts the process on a thread that is for this process alone, since it stays in the network namespace.</summary>
    private static (ProcessGuard Guard, int Child) Spawn(
        string[] line, (SafeFileHandle, int)[] descriptors, HostEnvironment environment, string? networkNamespace, PrivateMounts? mounts)
    {
        string? obstacle = null;
        using NetworkNamespace? inside = networkNamespace is null ? null : NetworkNamespace.TryOpen(networkNamespace, out obstacle);
        if (obstacle is not null)
        {
            throw new MachineException(MachineError.InvalidConfiguration, $"cannot start {line[0]} in the network namespace {networkNamespace}: {obstacle}");
        }

        inside?.Enter();
        string[] variables = [.. passedVariables.Where(name => environment.Find(name) is not null).Select(name => $"{name}={environment.Find(name)}")];
        return mounts is null ? Start() : mounts.Surround(Start);

        (ProcessGuard, int) Start() =>
            ProcessGuard.Start(environment, () => ProcessSpawning.SpawnInNewSession(line[0], line, variables, descriptors));
    }

    private void Run(string program, Func<(ProcessGuard Guard, int Child)> spawn, TaskCompletionSource<int> started)
    {
        ProcessGuard guard;
        int pid;
        try
        {
            (guard, pid) = spawn();
        }
        catch (MachineException e)
        {
            started.SetException(e);
            return;
        }
        catch (LinuxException e)
        {
            started.SetException(new MachineException(MachineError.VmmFailed, $"cannot start {program}: {e.Message}", e));
            return;
        }

        // hearthd's service is protected, and its guests' memory must not be.
        OutOfMemoryScore.Unprotect(pid);
        GuardProcessId = guard.ProcessId;
        started.SetResult(pid);
        Await(pid, guard);
    }

    private void Await(int pid, ProcessGuard guard)
    {
        try
        {
            // This wait leaves a zombie. Until it is reaped under the lock, the kernel cannot reuse its process id.
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
            // Another wait has reaped the process. It has ended, but its exit status is lost.
            reaped = true;
            ended.SetException(e);
        }
    }
}
