namespace Hearth.Fuse.Serving;

/// <summary>What became of a read that the kernel asked to interrupt.</summary>
internal enum InterruptOutcome
{
    /// <summary>No such read is under way: it has been answered, or another thread is about to start it.</summary>
    Unknown,

    /// <summary>Its process lives on, and so does the read.</summary>
    GoesOn,

    /// <summary>It was answered with EINTR and cancelled.</summary>
    Ended,
}
