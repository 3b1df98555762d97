namespace Hearth.Fuse;

/// <summary>Why a session could not be had, or ended by itself.</summary>
public enum FuseError
{
    /// <summary>Root (CAP_SYS_ADMIN) is needed to mount.</summary>
    NotPermitted,

    /// <summary>/dev/fuse is not there.</summary>
    DeviceMissing,

    /// <summary>The kernel has no FUSE, or one from before 5.17 (7.36).</summary>
    KernelUnsuitable,
    MountPointMissing,
    MountPointNotDirectory,

    /// <summary>The kernel refused the mount for another reason.</summary>
    MountRefused,

    /// <summary>Disposal waited in vain for a read that is being served.</summary>
    StopTimedOut,

    /// <summary>The device failed under the session.</summary>
    DeviceFailed,
}

/// <summary>A failure of a session's start, service or end; the message names the next step where there is one.</summary>
public sealed class FuseException(FuseError error, string message, Exception? cause = null) : IOException(message, cause)
{
    public FuseError Error { get; } = error;
}
