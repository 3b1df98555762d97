using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Processes;

/// <summary>
/// What ends a VMM when this program does, however that comes. The VMM lives in a process namespace whose first process is
/// <c>cat</c>, reading a pipe that nothing ever comes through and whose only writing end is here: when that is closed, by
/// <see cref="Dispose"/> or by the kernel, cat ends, and with a namespace's first process the kernel kills all others in it,
/// whatever they have become in the meantime. No moment is left open: nothing can start in a namespace whose first process is
/// gone.
/// </summary>
internal sealed class ProcessGuard : IDisposable
{
    internal const string Description = "a process namespace that ends with its owner";

    private const string Program = "cat";
    private const string OwnNamespace = "/proc/self/ns/pid";

    private readonly SafeFileHandle writing;

    private ProcessGuard(SafeFileHandle writing, int pid)
    {
        this.writing = writing;
        ProcessId = pid;
    }

    internal int ProcessId { get; }

    /// <summary>Starts a guard, and beside it what is to be guarded, on the calling thread.</summary>
    /// <param name="environment">Where the guard's program is looked for.</param>
    /// <param name="spawn">Starts a child. No thread may be started in it: the kernel refuses one whose process is to have another namespace than its future children.</param>
    /// <returns>The guard, to be disposed of when the child has been reaped and never before; and the child.</returns>
    /// <exception cref="MachineException">This program may not make a namespace, or has no cat.</exception>
    /// <exception cref="LinuxException">The child cannot be started.</exception>
    internal static (ProcessGuard Guard, int Child) Start(HostEnvironment environment, Func<int> spawn)
    {
        string program = environment.FindProgram(Program)
            ?? throw new MachineException(MachineError.VmmMissing, $"The program {Program} is not in PATH: install coreutils.");
        using SafeFileHandle own = RootedPaths.TryOpenForReading(OwnNamespace, out Errno errno)
            ?? throw new LinuxException("open", errno, OwnNamespace);
        using SafeFileHandle nullDevice = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        (SafeFileHandle reading, SafeFileHandle writing) = DescriptorIO.CreatePipe();
        using (reading)
        {
            ProcessGuard? guard = null;
            Enter();
            try
            {
                guard = new ProcessGuard(
                    writing, ProcessSpawning.SpawnInNewSession(program, [Program], [], (reading, 0), (nullDevice, 1), (nullDevice, 2)));
                return (guard, spawn());
            }
            catch
            {
                writing.Dispose();
                guard?.Dispose();
                throw;
            }
            finally
            {
                Namespaces.Enter(own, NamespaceKinds.Process);
            }
        }
    }

    /// <summary>Ends the namespace and all that is left in it.</summary>
    public void Dispose()
    {
        writing.Dispose();
        _ = ProcessWaiting.Reap(ProcessId);
    }

    private static void Enter()
    {
        try
        {
            Namespaces.Unshare(NamespaceKinds.Process);
        }
        catch (LinuxException refusal)
        {
            throw new MachineException(
                MachineError.VmmFailed, $"A VMM cannot be given a process namespace of its own, which takes CAP_SYS_ADMIN: {refusal.Message}", refusal);
        }
    }
}
