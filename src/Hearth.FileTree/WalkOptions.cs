namespace Hearth.FileTree;

/// <summary>How a directory is walked.</summary>
public sealed record WalkOptions
{
    /// <summary>
    /// False restricts the walk to the root's file system, as <c>find -xdev</c> does: a mount point appears as an empty
    /// directory or file with the attributes that are visible there.
    /// </summary>
    public bool CrossMounts { get; init; }

    /// <summary>
    /// Patterns of paths below the root (see <see cref="PathPattern"/>). If there are any, the walk takes only paths that
    /// match one, everything beneath a match, and the directories that lead to a match.
    /// </summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>
    /// Patterns of paths below the root. A path that matches one is omitted with everything beneath it, even if it is
    /// included.
    /// </summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The number of threads; 0 for one per processor.</summary>
    public int Threads { get; init; }
}
