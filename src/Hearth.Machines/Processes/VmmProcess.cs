using Hearth.Linux;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Processes;

/// <summary>
/// The process of a VMM. It dies with this program, however that ends: util-linux's <c>setpriv</c> asks the kernel for a
/// parent-death signal and becomes the VMM. That signal belongs to the *thread* that started the process, so a thread of its
/// own starts it, waits for it, and ends with it.
/// </summary>
internal sealed class VmmProcess
{
    private const int ThreadStackBytes = 256 << 10;
    private const string Launcher = "setpriv";

    private readonly TaskCompletionSource<ProcessEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private bool reaped;

    private VmmProcess()
    {
    }

    internal int ProcessId { get; private set; }

    /// <summary>Completes when the process is gone; until then its pid is its own.</summary>
    internal Task<ProcessEnd> Ended => ended.Task;

    /// <summary>Starts a VMM.</summary>
    /// <param name="program">Its file, absolute.</param>
    /// <param name="arguments">Without its own name.</param>
    /// <param name="passed">Descriptors that it keeps under the same numbers; 0 to 2 are given by the other parameters. The caller keeps its own.</param>
    /// <param name="nullDevice">Its standard input.</param>
    /// <param name="output">Its standard output.</param>
    /// <param name="error">Its standard error.</param>
    /// <exception cref="MachineException">The launcher is missing, or the process could not be made.</exception>
    internal static async Task<VmmProcess> StartAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyList<SafeFileHandle> passed,
        SafeFileHandle nullDevice,
        SafeFileHandle output,
        SafeFileHandle error)
    {
        string launcher = ProgramSearch.Find(Launcher)
            ?? throw new MachineException(MachineError.VmmMissing, $"The program {Launcher} is not in PATH: install util-linux.");
        string[] line = [Launcher, "--pdeathsig", "KILL", "--", program, .. arguments];
        (SafeFileHandle, int)[] descriptors =
        [
            (nullDevice, 0), (output, 1), (error, 2), .. passed.Select(descriptor => (descriptor, NumberOf(descriptor))),
        ];
        VmmProcess process = new();
        TaskCompletionSource<int> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() => process.Run(launcher, line, descriptors, started), ThreadStackBytes)
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
    internal void Kill()
    {
        lock (gate)
        {
            if (!reaped)
            {
                Signals.Send(ProcessId, SignalNumber.Kill);
            }
        }
    }

    private static IReadOnlyList<string> Environment() =>
        [.. System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(variable => variable.Key is "PATH" or "LANG" or "TMPDIR")
            .Select(variable => $"{variable.Key}={variable.Value}")];

    private void Run(string launcher, string[] line, (SafeFileHandle, int)[] descriptors, TaskCompletionSource<int> started)
    {
        int pid;
        try
        {
            pid = ProcessSpawning.SpawnInNewSession(launcher, line, Environment(), descriptors);
        }
        catch (LinuxException e)
        {
            started.SetException(new MachineException(MachineError.VmmFailed, $"Cannot start {line[4]}: {e.Message}", e));
            return;
        }

        started.SetResult(pid);
        try
        {
            // Left a zombie first: until it is reaped under the lock, its pid cannot be another's.
            _ = ProcessWaiting.WaitFor(pid);
            lock (gate)
            {
                reaped = true;
                ended.SetResult(ProcessWaiting.Reap(pid));
            }
        }
        catch (LinuxException e)
        {
            // Somebody else reaped it: gone it is, only how is lost.
            reaped = true;
            ended.SetException(e);
        }
    }
}
