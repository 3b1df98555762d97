using Hearth.Containers;
using Hearth.Guest.Protocol;
using Hearth.Machines;
using Hearth.Machines.Kernel;
using Hearth.Network;
using Hearth.Records;
using Hearth.Records.Recovery;
using Hearth.Rootfs;
using Hearth.Shares;

namespace Hearth.Keeper;

/// <summary>Translates failures of the lower libraries into a container's failure. Their messages already name object and cause.</summary>
internal static class RunFailures
{
    /// <summary>Translates an expected failure; null for an exception that no library declares.</summary>
    public static HearthException? Translate(Exception exception) => exception switch
    {
        ShareException { Error: ShareError.SourceMissing or ShareError.SourceUnsuitable } share => new HearthException(HearthError.InvalidRequest, share.Message, share),
        ShareException share => new HearthException(HearthError.HostUnsuitable, $"cannot share a directory: {share.Message}", share),
        NetworkException network => NetworkFailures.Translate(network),
        KernelException kernel => new HearthException(HearthError.KernelUnavailable, $"cannot use the kernel: {kernel.Message}", kernel),
        MachineException { Error: MachineError.TooManyDevices } many => new HearthException(
            HearthError.InvalidRequest, $"cannot start the machine: {many.Message.TrimEnd('.')}; the root takes one, a scratch disk one, and each volume one", many),
        MachineException machine => new HearthException(OfMachine(machine.Error), $"cannot start the machine: {machine.Message}", machine),
        GuestProtocolException channel => new HearthException(HearthError.MachineFailed, $"the guest's channel failed: {channel.Message}", channel),
        _ => RootfsFailures.Translate(exception),
    };

    /// <summary>Translates any exception; writes a crash report for an unexpected one.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="act">What the program was doing; see <see cref="CrashReport.Write"/>.</param>
    /// <param name="directories">The crash report is written to the state directory.</param>
    /// <param name="clock">The time for the crash report.</param>
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
