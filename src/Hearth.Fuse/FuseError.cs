namespace Hearth.Fuse;

/// <summary>Why a session could not start, or ended without being disposed.</summary>
public enum FuseError
{
    /// <summary>Root (CAP_SYS_ADMIN) is needed to mount.</summary>
    NotPermitted,

    /// <summary>/dev/fuse does not exist.</summary>
    DeviceMissing,

    /// <summary>The kernel has no FUSE, or its FUSE is older than 7.36 (Linux 5.17).</summary>
    KernelUnsuitable,
    MountPointMissing,
    MountPointNotDirectory,

    /// <summary>The kernel refused the mount for another reason.</summary>
    MountRefused,

    /// <summary>Disposal timed out waiting for a read that is being served.</summary>
    StopTimedOut,

    /// <summary>Reading the device failed while the session was running.</summary>
    DeviceFailed,
}

/// <summary>A session failed to start, to serve or to end; the message names the next step if there is one.</summary>
public sealed class FuseException(FuseError error, string message, Exception? cause = null) : IOException(message, cause)
{
    public FuseError Error { get; } = error;
}
