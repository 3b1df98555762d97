using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Processes;

/// <summary>
/// Ends a VMM when this program ends, for whatever reason. The VMM runs in a process namespace whose first process is
/// <c>cat</c>. It reads a pipe that carries no data and whose only writing end belongs to this program. When that end is closed,
/// by <see cref="Dispose"/> or by the kernel, cat ends. When a namespace's first process ends, the kernel kills all others in
/// it, whatever program or user they have become. There is no race: no process can start in a namespace whose first process
/// has ended.
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

    /// <summary>Starts a guard, and then the child that it guards, on the calling thread.</summary>
    /// <param name="environment">The environment, in whose PATH the guard's program is searched.</param>
    /// <param name="spawn">
    /// Starts a child. It must not start a thread: the kernel refuses that while the namespace of the future children differs
    /// from the process's own.
    /// </param>
    /// <returns>The guard, which must not be disposed before the child has been reaped, and the child's process id.</returns>
    /// <exception cref="MachineException">This program may not create a process namespace, or cat is missing.</exception>
    /// <exception cref="LinuxException">The child cannot be started.</exception>
    internal static (ProcessGuard Guard, int Child) Start(HostEnvironment environment, Func<int> spawn)
    {
        string program = environment.FindProgram(Program)
            ?? throw new MachineException(MachineError.VmmMissing, $"the program {Program} is not in PATH: install coreutils");
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

    /// <summary>Ends the namespace and all its remaining processes.</summary>
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
                MachineError.VmmFailed, $"cannot create a process namespace for the VMM (needs CAP_SYS_ADMIN): {refusal.Message}", refusal);
        }
    }
}
