using Hearth.DiskImages;
using Hearth.DiskImages.Packed;
using Hearth.FileTree;
using Hearth.Fuse;
using Hearth.Guest.Protocol;
using Hearth.Linux;
using Hearth.Machines;
using Hearth.Machines.Kernel;
using Hearth.Runtime.Diagnosis;
using Hearth.Shares;

namespace Hearth.Runtime;

/// <summary>Turns the failures of the rooms beneath into this room's own; their messages name object and cause already.</summary>
internal static class RuntimeFailures
{
    /// <summary>Null for an exception that is no expected failure of any room: it goes on as it is.</summary>
    public static RuntimeException? Translate(Exception exception) => exception switch
    {
        RuntimeException own => own,
        FileTreeException tree => new RuntimeException(RuntimeError.RootUnavailable, $"cannot take the root directory: {tree.Message}", tree),
        DiskImageException image => new RuntimeException(RuntimeError.RootUnavailable, $"cannot plan the disk: {image.Message}", image),
        PackingException packing => new RuntimeException(OfPacking(packing.Error), $"cannot pack the root: {packing.Message}", packing),
        ShareException { Error: ShareError.SourceMissing or ShareError.SourceUnsuitable } share => new RuntimeException(RuntimeError.InvalidRequest, share.Message, share),
        ShareException or FuseException => new RuntimeException(RuntimeError.HostUnsuitable, $"cannot serve the disk: {exception.Message}", exception),
        KernelException kernel => new RuntimeException(RuntimeError.KernelUnavailable, $"cannot use the kernel: {kernel.Message}", kernel),
        MachineException { Error: MachineError.TooManyDevices } many => new RuntimeException(
            RuntimeError.InvalidRequest, $"cannot start the machine: {many.Message.TrimEnd('.')}; the root takes one, a scratch disk one, and each volume one", many),
        MachineException machine => new RuntimeException(OfMachine(machine.Error), $"cannot start the machine: {machine.Message}", machine),
        GuestProtocolException channel => new RuntimeException(RuntimeError.MachineFailed, $"the guest's channel failed: {channel.Message}", channel),
        LinuxException { Errno: Errno.ENOSPC or Errno.EDQUOT } full => new RuntimeException(RuntimeError.StorageFailed, $"the disk is full: {full.Message}", full),
        LinuxException linux => new RuntimeException(RuntimeError.HostUnsuitable, linux.Message, linux),
        IOException or UnauthorizedAccessException => new RuntimeException(RuntimeError.StorageFailed, exception.Message, exception),
        _ => null,
    };

    /// <summary>The same for every exception: one that is expected nowhere is reported with a file.</summary>
    /// <param name="exception">What happened.</param>
    /// <param name="act">What was to be done; see <see cref="CrashReport.Write"/>.</param>
    /// <param name="directories">The state directory takes the file.</param>
    /// <param name="clock">Tells the time.</param>
    public static RuntimeException TranslateOrReport(Exception exception, string act, RuntimeDirectories directories, TimeProvider clock) =>
        Translate(exception) ?? CrashReport.Write(exception, act, directories.State, clock);

    private static RuntimeError OfPacking(PackingError error) => error switch
    {
        PackingError.InvalidOption => RuntimeError.InvalidRequest,
        PackingError.StorageFailed => RuntimeError.StorageFailed,
        _ => RuntimeError.HostUnsuitable,
    };

    private static RuntimeError OfMachine(MachineError error) => error switch
    {
        MachineError.InvalidConfiguration or MachineError.TooManyDevices or MachineError.MemoryTooSmall => RuntimeError.InvalidRequest,
        MachineError.VmmMissing or MachineError.AcceleratorUnusable => RuntimeError.HostUnsuitable,
        MachineError.VmmSilent => RuntimeError.MachineSilent,
        _ => RuntimeError.MachineFailed,
    };
}
