namespace Hearth.Containers.Diagnostics;

/// <summary>
/// What a <see cref="Diagnostic"/> is about. In JSON it is the name in kebab case (<see cref="DiagnosticWords"/>), which programs
/// compare: a name never changes its meaning, and is not used again when it goes.
/// </summary>
public enum DiagnosticCode
{
    /// <summary>A code of another version, which this one does not know.</summary>
    Unknown,

    /// <summary>The root was packed into an image, or taken from the cache.</summary>
    RootPacked,

    /// <summary>The root cannot be had in a mode, and the next mode is tried.</summary>
    RootFallback,

    /// <summary>The root's disk does not have all that the directory has.</summary>
    RootLeftOut,

    /// <summary>Files of the root could not be read as they were when it was walked.</summary>
    RootChanged,

    /// <summary>The cache of prepared roots cannot be used.</summary>
    CacheUnusable,

    /// <summary>A prepared root cannot be kept in the cache.</summary>
    CacheFull,

    /// <summary>A directory is a snapshot in the container, and is not shared.</summary>
    ShareIsSnapshot,

    /// <summary>A share ended before its container.</summary>
    ShareEnded,

    /// <summary>The container has no limit of a resource, though it should have one.</summary>
    LimitNotApplied,

    /// <summary>The machine runs with the rights of this program.</summary>
    MachineNotConfined,

    /// <summary>Something is known against the VMM's version.</summary>
    VmmDoubtful,

    /// <summary>The guest has set up the container otherwise than asked.</summary>
    GuestSetupDiffers,

    /// <summary>The guest did not shut down in order, so that data may be lost.</summary>
    GuestNotShutDown,

    /// <summary>The container's log has lost records, or cannot be written.</summary>
    LogFault,

    /// <summary>A copy does not have all that its source has.</summary>
    CopyIncomplete,

    /// <summary>Something that a run took of the host could not be released.</summary>
    ReleaseFailed,

    /// <summary>The container's end could not be recorded.</summary>
    EndNotRecorded,

    /// <summary>The container could not be removed at its end.</summary>
    RemovalFailed,

    /// <summary>A container has ended, because its keeper was killed or the host went down.</summary>
    CrashSettled,

    /// <summary>The states of containers could not be settled after a crash.</summary>
    CrashNotSettled,

    /// <summary>What a crashed run left on the host was removed.</summary>
    LeftoversRemoved,

    /// <summary>What a crashed run left on the host could not be removed.</summary>
    LeftoversNotRemoved,

    /// <summary>A member of a bundle's configuration has no effect.</summary>
    BundleMemberIgnored,

    /// <summary>Hooks of a bundle are not run.</summary>
    BundleHooksIgnored,

    /// <summary>A hook failed that changes nothing of the container's life.</summary>
    HookFailed,

    /// <summary>A signal could not be delivered.</summary>
    SignalNotDelivered,
}
