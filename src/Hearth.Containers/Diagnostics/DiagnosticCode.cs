namespace Hearth.Containers.Diagnostics;

/// <summary>
/// The subject of a <see cref="Diagnostic"/>. In JSON it is the name in kebab case (<see cref="DiagnosticWords"/>). Programs compare
/// it: a name never changes its meaning, and is not reused after it is removed.
/// </summary>
public enum DiagnosticCode
{
    /// <summary>A code of another version, unknown to this one.</summary>
    Unknown,

    /// <summary>The root was packed into an image, or taken from the cache.</summary>
    RootPacked,

    /// <summary>The root cannot be prepared in a mode, and the next mode is tried.</summary>
    RootFallback,

    /// <summary>The root's disk does not contain all files of the directory.</summary>
    RootLeftOut,

    /// <summary>Files of the root could not be read as they were when it was walked.</summary>
    RootChanged,

    /// <summary>The cache of prepared roots cannot be used.</summary>
    CacheUnusable,

    /// <summary>A prepared root cannot be kept in the cache.</summary>
    CacheFull,

    /// <summary>A directory in the container is a snapshot, and is not shared.</summary>
    ShareIsSnapshot,

    /// <summary>A share ended before its container.</summary>
    ShareEnded,

    /// <summary>The container has no network, since the host cannot have one.</summary>
    NetworkUnavailable,

    /// <summary>Something on the host may keep the container from its network.</summary>
    NetworkDoubtful,

    /// <summary>Another program removed rules of the container's network, and they were restored.</summary>
    NetworkRestored,

    /// <summary>A setting of the host's kernel was changed, until the last container that needs it ends.</summary>
    HostSwitchTurnedOn,

    /// <summary>The container has no limit of a resource, though it should have one.</summary>
    LimitNotApplied,

    /// <summary>The machine runs with the privileges of this program.</summary>
    MachineNotConfined,

    /// <summary>The VMM's version has a known problem.</summary>
    VmmDoubtful,

    /// <summary>The guest's setup of the container differs from the request.</summary>
    GuestSetupDiffers,

    /// <summary>The guest did not shut down cleanly, so data may be lost.</summary>
    GuestNotShutDown,

    /// <summary>The container's log has lost records, or cannot be written.</summary>
    LogFault,

    /// <summary>A copy does not contain everything of its source.</summary>
    CopyIncomplete,

    /// <summary>A host resource of a run could not be released.</summary>
    ReleaseFailed,

    /// <summary>The container's end could not be recorded.</summary>
    EndNotRecorded,

    /// <summary>The container could not be removed at its end.</summary>
    RemovalFailed,

    /// <summary>A container has ended, because its keeper was killed or the host went down.</summary>
    CrashSettled,

    /// <summary>The states of containers could not be updated after a crash.</summary>
    CrashNotSettled,

    /// <summary>The record of a container cannot be read: it is damaged, or of a newer version.</summary>
    RecordUnreadable,

    /// <summary>Leftovers of a crashed run on the host were removed.</summary>
    LeftoversRemoved,

    /// <summary>Leftovers of a crashed run on the host could not be removed.</summary>
    LeftoversNotRemoved,

    /// <summary>A member of a bundle's configuration has no effect.</summary>
    BundleMemberIgnored,

    /// <summary>Hooks of a bundle are not run.</summary>
    BundleHooksIgnored,

    /// <summary>A hook failed whose failure does not affect the container.</summary>
    HookFailed,

    /// <summary>A signal could not be delivered.</summary>
    SignalNotDelivered,

    /// <summary>What a container changed of its root is lost, or not all of it was kept.</summary>
    ChangesLost,
}
