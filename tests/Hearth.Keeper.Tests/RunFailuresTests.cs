using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.Fuse;
using Hearth.Guest.Protocol;
using Hearth.Linux;
using Hearth.Machines;
using Hearth.Machines.Kernel;
using Hearth.Shares;

namespace Hearth.Keeper.Tests;

public sealed class RunFailuresTests
{
    public static TheoryData<string> Failures => [.. failures.Keys];

    private static readonly Dictionary<string, (Exception Failure, HearthError Error, string Message)> failures = new()
    {
        ["tree"] = (new FileTreeException(FileTreeError.NotFound, "it is gone"), HearthError.RootUnavailable, "cannot take the root directory: it is gone"),
        ["image"] = (new DiskImageException(DiskImageError.TooLarge, "it is too large"), HearthError.RootUnavailable, "cannot plan the disk: it is too large"),
        ["fuse"] = (new FuseException(default, "no device"), HearthError.HostUnsuitable, "cannot serve the disk: no device"),
        ["share"] = (new ShareException(ShareError.SourceMissing, "it is not there"), HearthError.InvalidRequest, "it is not there"),
        ["share that is served"] = (new ShareException(ShareError.StopTimedOut, "it did not end"), HearthError.HostUnsuitable, "cannot share a directory: it did not end"),
        ["kernel"] = (new KernelException(KernelError.Corrupt, "torn"), HearthError.KernelUnavailable, "cannot use the kernel: torn"),
        ["little memory"] = (new MachineException(MachineError.MemoryTooSmall, "8 MiB"), HearthError.InvalidRequest, "cannot start the machine: 8 MiB"),
        ["no VMM"] = (new MachineException(MachineError.VmmMissing, "no QEMU"), HearthError.HostUnsuitable, "cannot start the machine: no QEMU"),
        ["VMM failed"] = (new MachineException(MachineError.VmmFailed, "status 1"), HearthError.MachineFailed, "cannot start the machine: status 1"),
        ["channel"] = (new GuestProtocolException(GuestProtocolError.TransportFailed, "cut"), HearthError.MachineFailed, "the guest's channel failed: cut"),
        ["full disk"] = (new LinuxException("write", Errno.ENOSPC, "/file"), HearthError.StorageFailed, "the disk is full: write '/file': No space left on device (ENOSPC)"),
        ["system call"] = (new LinuxException("mount", Errno.EPERM, "/mnt"), HearthError.HostUnsuitable, "mount '/mnt': Operation not permitted (EPERM)"),
        ["file"] = (new FileNotFoundException("no such file"), HearthError.StorageFailed, "no such file"),
        ["rights"] = (new UnauthorizedAccessException("not yours"), HearthError.StorageFailed, "not yours"),
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_failure_of_a_room_beneath_becomes_one_of_this_room(string name)
    {
        (Exception failure, HearthError error, string message) = failures[name];
        HearthException translated = RunFailures.Translate(failure)!;
        Assert.Equal((error, message, 125), (translated.Error, translated.Message, translated.ExitCode));
        Assert.Same(failure, translated.InnerException);
        Assert.Same(translated, RunFailures.Translate(translated));
    }

    [Fact]
    public void A_fault_of_the_program_is_nobodys_failure() => Assert.Null(RunFailures.Translate(new InvalidOperationException("a bug")));
}
