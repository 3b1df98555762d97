namespace Hearth.Shares;

/// <summary>Why a directory or file could not be shared, or its share ended by itself.</summary>
public enum ShareError
{
    /// <summary>What is to be shared is not there.</summary>
    SourceMissing,

    /// <summary>What is to be shared is neither a directory nor a regular file, or cannot be held.</summary>
    SourceUnsuitable,

    /// <summary>The other end of a share's stream sent what no FUSE kernel sends.</summary>
    PeerUnsuitable,

    /// <summary>A request did not end within the deadline of the share's disposal.</summary>
    StopTimedOut,
}
