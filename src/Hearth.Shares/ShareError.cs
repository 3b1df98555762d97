namespace Hearth.Shares;

/// <summary>Why a directory or file could not be shared, or why its share ended on its own.</summary>
public enum ShareError
{
    /// <summary>The source does not exist.</summary>
    SourceMissing,

    /// <summary>The source is neither a directory nor a regular file, or cannot be opened.</summary>
    SourceUnsuitable,

    /// <summary>The other end of a share's stream sent data that no FUSE kernel sends.</summary>
    PeerUnsuitable,

    /// <summary>A request did not end within the deadline of the share's disposal.</summary>
    StopTimedOut,
}
