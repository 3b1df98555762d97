namespace Hearth.Fuse.Serving;

/// <summary>The result of the kernel's request to interrupt a read.</summary>
internal enum InterruptOutcome
{
    /// <summary>No such read is in progress: it has been answered, or another thread is about to start it.</summary>
    Unknown,

    /// <summary>Its process is not being killed, so the read continues.</summary>
    GoesOn,

    /// <summary>It was answered with EINTR and cancelled.</summary>
    Ended,
}
