namespace Hearth.Containers;

/// <summary>Why a container could not be prepared, started or kept running.</summary>
public enum HearthError
{
    /// <summary>A request that contradicts itself or cannot be carried out.</summary>
    InvalidRequest,

    /// <summary>The root directory is missing, is not a directory, or cannot be read.</summary>
    RootUnavailable,

    /// <summary>The host lacks a right, a device or a program.</summary>
    HostUnsuitable,

    /// <summary>There is no kernel to boot, or none that fits.</summary>
    KernelUnavailable,

    /// <summary>The guest's init program is missing.</summary>
    InitUnavailable,

    /// <summary>The disk for scratch files and state is full or reports errors.</summary>
    StorageFailed,

    /// <summary>The virtual machine could not be started, or ended before the workload did.</summary>
    MachineFailed,

    /// <summary>The host's kernel killed the virtual machine because the container's memory ran out.</summary>
    OutOfMemory,

    /// <summary>The guest did not answer within its deadline.</summary>
    GuestSilent,

    /// <summary>The virtual machine monitor did not answer within its deadline.</summary>
    MachineSilent,

    /// <summary>The guest reported that it could not carry out a request.</summary>
    GuestFailed,

    /// <summary>A path does not exist in the container.</summary>
    GuestPathUnknown,

    /// <summary>The container's process has ended or has not started yet.</summary>
    ContainerNotRunning,

    /// <summary>A program that a bundle runs at some point of the container's life failed.</summary>
    HookFailed,

    /// <summary>The command is not in the image (docker's 127).</summary>
    CommandNotFound,

    /// <summary>The command is in the image, but the interpreter that it names is not (docker's 127).</summary>
    InterpreterNotFound,

    /// <summary>The command is not executable (docker's 126).</summary>
    CommandNotExecutable,

    /// <summary>The command's working directory does not exist in the container (docker's 127).</summary>
    WorkingDirectoryMissing,

    /// <summary>No container has this name or id.</summary>
    ContainerUnknown,

    /// <summary>No network has this name or id.</summary>
    NetworkUnknown,

    /// <summary>No volume has this name.</summary>
    VolumeUnknown,

    /// <summary>No image has this name or id.</summary>
    ImageUnknown,

    /// <summary>An image cannot be fetched, or is not what its digests say.</summary>
    ImageUnavailable,

    /// <summary>Another container or network has the name.</summary>
    NameTaken,

    /// <summary>The container is not in a state in which this can be done.</summary>
    WrongState,

    /// <summary>The keeper process could not be started, ended, or sent an invalid message.</summary>
    KeeperFailed,

    /// <summary>The keeper process did not answer within its deadline.</summary>
    KeeperSilent,

    /// <summary>A fault of Hearth itself; a file has the details.</summary>
    Unexpected,
}
