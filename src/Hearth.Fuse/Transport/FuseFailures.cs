using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Transport;

/// <summary>Turns a failed system call into an error that says what it means for a session and what to do about it.</summary>
internal static class FuseFailures
{
    public static FuseException OfStart(LinuxException cause) => cause switch
    {
        { Errno: Errno.EPERM or Errno.EACCES } => new FuseException(
            FuseError.NotPermitted, $"cannot mount a FUSE file system: {cause.Message}; run as root (CAP_SYS_ADMIN)", cause),
        { Call: "open", Errno: Errno.ENOENT or Errno.ENXIO or Errno.ENODEV } => new FuseException(
            FuseError.DeviceMissing,
            $"cannot serve files over FUSE: {cause.Message}; load the module (modprobe fuse), or give the container {FuseDevice.Path}",
            cause),
        { Call: "fsconfig", Errno: Errno.EINVAL } => new FuseException(
            FuseError.DeviceMissing,
            $"cannot serve files over FUSE: {FuseDevice.Path} is not the FUSE device ({cause.Message}); load the module (modprobe fuse), or give the container {FuseDevice.Path}",
            cause),
        { Call: "fsopen", Errno: Errno.ENODEV or Errno.ENOSYS } => new FuseException(
            FuseError.KernelUnsuitable, $"cannot serve files over FUSE: {cause.Message}; this kernel was built without FUSE", cause),
        _ => new FuseException(FuseError.MountRefused, $"cannot mount a FUSE file system: {cause.Message}", cause),
    };

    public static FuseException OfAttach(string mountPoint, LinuxException cause) => cause.Errno switch
    {
        Errno.ENOENT => new FuseException(
            FuseError.MountPointMissing, $"cannot serve files at '{mountPoint}': there is no such directory; create it first", cause),
        // The manual page says otherwise, but the kernel returns EINVAL for mounting a directory on a file.
        Errno.ENOTDIR or Errno.EINVAL when !Directory.Exists(mountPoint) => new FuseException(
            FuseError.MountPointNotDirectory, $"cannot serve files at '{mountPoint}': it is not a directory; name one", cause),
        Errno.EPERM or Errno.EACCES => new FuseException(
            FuseError.NotPermitted, $"cannot serve files at '{mountPoint}': {cause.Message}; run as root (CAP_SYS_ADMIN)", cause),
        _ => new FuseException(FuseError.MountRefused, $"cannot serve files at '{mountPoint}': {cause.Message}", cause),
    };

    public static FuseException OfHandshake() => new(
        FuseError.KernelUnsuitable,
        $"cannot serve files over FUSE: the kernel's protocol is older than {SessionHandshake.OldestVersion}; use Linux 5.17 or newer");

    public static FuseException OfService(Errno errno) => new(
        FuseError.DeviceFailed, $"a FUSE session ended because reading {FuseDevice.Path} failed: {errno}", new LinuxException("read", errno, FuseDevice.Path));

    public static FuseException OfStop(TimeSpan timeout, int pendingReads) => new(
        FuseError.StopTimedOut,
        $"a FUSE session was unmounted, but {pendingReads} reads of its files did not end within {timeout.TotalSeconds} s; their threads, buffers and descriptors remain until they do");
}
