using Hearth.Containers;
using Hearth.Guest.Protocol;
using Hearth.Machines;
using Hearth.Machines.Kernel;
using Hearth.Records;
using Hearth.Rootfs;
using Hearth.Shares;

namespace Hearth.Keeper;

/// <summary>Turns the failures of the rooms beneath into a container's; their messages name object and cause already.</summary>
internal static class RunFailures
{
    /// <summary>Null for an exception that is no expected failure of any room: it goes on as it is.</summary>
    public static RuntimeException? Translate(Exception exception) => exception switch
    {
        ShareException { Error: ShareError.SourceMissing or ShareError.SourceUnsuitable } share => new RuntimeException(RuntimeError.InvalidRequest, share.Message, share),
        ShareException share => new RuntimeException(RuntimeError.HostUnsuitable, $"cannot share a directory: {share.Message}", share),
        KernelException kernel => new RuntimeException(RuntimeError.KernelUnavailable, $"cannot use the kernel: {kernel.Message}", kernel),
        MachineException { Error: MachineError.TooManyDevices } many => new RuntimeException(
            RuntimeError.InvalidRequest, $"cannot start the machine: {many.Message.TrimEnd('.')}; the root takes one, a scratch disk one, and each volume one", many),
        MachineException machine => new RuntimeException(OfMachine(machine.Error), $"cannot start the machine: {machine.Message}", machine),
        GuestProtocolException channel => new RuntimeException(RuntimeError.MachineFailed, $"the guest's channel failed: {channel.Message}", channel),
        _ => RootfsFailures.Translate(exception),
    };

    /// <summary>The same for every exception: one that is expected nowhere is reported with a file.</summary>
    /// <param name="exception">What happened.</param>
    /// <param name="act">What was to be done; see <see cref="CrashReport.Write"/>.</param>
    /// <param name="directories">The state directory takes the file.</param>
    /// <param name="clock">Tells the time.</param>
    public static RuntimeException TranslateOrReport(Exception exception, string act, RuntimeDirectories directories, TimeProvider clock) =>
        Translate(exception) ?? CrashReport.Write(exception, act, directories.State, clock);

    private static RuntimeError OfMachine(MachineError error) => error switch
    {
        MachineError.InvalidConfiguration or MachineError.TooManyDevices or MachineError.MemoryTooSmall => RuntimeError.InvalidRequest,
        MachineError.VmmMissing or MachineError.AcceleratorUnusable => RuntimeError.HostUnsuitable,
        MachineError.VmmSilent => RuntimeError.MachineSilent,
        _ => RuntimeError.MachineFailed,
    };
}
