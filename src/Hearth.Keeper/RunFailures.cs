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
    public static HearthException? Translate(Exception exception) => exception switch
    {
        ShareException { Error: ShareError.SourceMissing or ShareError.SourceUnsuitable } share => new HearthException(HearthError.InvalidRequest, share.Message, share),
        ShareException share => new HearthException(HearthError.HostUnsuitable, $"cannot share a directory: {share.Message}", share),
        KernelException kernel => new HearthException(HearthError.KernelUnavailable, $"cannot use the kernel: {kernel.Message}", kernel),
        MachineException { Error: MachineError.TooManyDevices } many => new HearthException(
            HearthError.InvalidRequest, $"cannot start the machine: {many.Message.TrimEnd('.')}; the root takes one, a scratch disk one, and each volume one", many),
        MachineException machine => new HearthException(OfMachine(machine.Error), $"cannot start the machine: {machine.Message}", machine),
        GuestProtocolException channel => new HearthException(HearthError.MachineFailed, $"the guest's channel failed: {channel.Message}", channel),
        _ => RootfsFailures.Translate(exception),
    };

    /// <summary>The same for every exception: one that is expected nowhere is reported with a file.</summary>
    /// <param name="exception">What happened.</param>
    /// <param name="act">What was to be done; see <see cref="CrashReport.Write"/>.</param>
    /// <param name="directories">The state directory takes the file.</param>
    /// <param name="clock">Tells the time.</param>
    public static HearthException TranslateOrReport(Exception exception, string act, HearthDirectories directories, TimeProvider clock) =>
        Translate(exception) ?? CrashReport.Write(exception, act, directories.State, clock);

    private static HearthError OfMachine(MachineError error) => error switch
    {
        MachineError.InvalidConfiguration or MachineError.TooManyDevices or MachineError.MemoryTooSmall => HearthError.InvalidRequest,
        MachineError.VmmMissing or MachineError.AcceleratorUnusable => HearthError.HostUnsuitable,
        MachineError.VmmSilent => HearthError.MachineSilent,
        _ => HearthError.MachineFailed,
    };
}
