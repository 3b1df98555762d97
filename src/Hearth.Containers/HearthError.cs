namespace Hearth.Containers;

/// <summary>Why a container could not be prepared, started or kept running.</summary>
public enum HearthError
{
    /// <summary>A request that contradicts itself or asks for what cannot be done.</summary>
    InvalidRequest,

    /// <summary>The root directory is missing, no directory, or not readable.</summary>
    RootUnavailable,

    /// <summary>The host lacks a right, a device or a program.</summary>
    HostUnsuitable,

    /// <summary>No kernel to boot, or none that fits.</summary>
    KernelUnavailable,

    /// <summary>The guest's init program is not where it should be.</summary>
    InitUnavailable,

    /// <summary>The disk that takes scratch files and state is full or refuses.</summary>
    StorageFailed,

    /// <summary>The virtual machine could not be started, or ended before the workload did.</summary>
    MachineFailed,

    /// <summary>The host's kernel ended the virtual machine, since the container's memory had run out.</summary>
    OutOfMemory,

    /// <summary>The guest did not answer within its deadline.</summary>
    GuestSilent,

    /// <summary>The virtual machine monitor did not answer within its deadline.</summary>
    MachineSilent,

    /// <summary>The guest said that it could not do what was asked.</summary>
    GuestFailed,

    /// <summary>A path that the container does not have.</summary>
    GuestPathUnknown,

    /// <summary>The container's process has ended, or was not started yet.</summary>
    ContainerNotRunning,

    /// <summary>A program that a bundle has run at some point of the container's life failed.</summary>
    HookFailed,

    /// <summary>The command is not in the image (docker's 127).</summary>
    CommandNotFound,

    /// <summary>The command is in the image, and the interpreter that it names is not (docker's 127).</summary>
    InterpreterNotFound,

    /// <summary>The command cannot be executed (docker's 126).</summary>
    CommandNotExecutable,

    /// <summary>The container has no directory for the command to start in (docker's 127).</summary>
    WorkingDirectoryMissing,

    /// <summary>No container has this name or id.</summary>
    ContainerUnknown,

    /// <summary>Another container has the name.</summary>
    NameTaken,

    /// <summary>The container is not in a state in which this can be done.</summary>
    WrongState,

    /// <summary>The process that keeps the container could not be started, ended, or said what makes no sense.</summary>
    KeeperFailed,

    /// <summary>The process that keeps the container did not answer within its deadline.</summary>
    KeeperSilent,

    /// <summary>A fault of Hearth itself, with a file that has the details.</summary>
    Unexpected,
}
