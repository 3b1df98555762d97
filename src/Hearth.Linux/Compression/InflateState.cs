namespace Hearth.Linux.Compression;

/// <summary>Why <see cref="Inflater.Inflate"/> returned.</summary>
public enum InflateState
{
    /// <summary>The input is used up, or the output is full.</summary>
    NeedsMore,

    /// <summary>The input is at the boundary between two deflate blocks, or between a header and the first block.</summary>
    AtBlock,

    /// <summary>The stream has ended.</summary>
    Ended,

    /// <summary>The input is not a valid stream.</summary>
    Corrupt,
}
