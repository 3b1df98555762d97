namespace Hearth.FileTree;

/// <summary>How a directory is walked.</summary>
public sealed record WalkOptions
{
    /// <summary>
    /// False keeps to the file system of the root, as <c>find -xdev</c> does: what something is mounted on appears as an
    /// empty directory or file with the attributes that can be seen there.
    /// </summary>
    public bool CrossMounts { get; init; }

    /// <summary>
    /// Patterns of paths below the root (see <see cref="PathPattern"/>). Where there are any, only what matches one, what
    /// lies beneath a match, and the directories that lead to a match are taken.
    /// </summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of paths below the root; what matches one is left out with all beneath it, included or not.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Threads that walk; 0 for one a processor.</summary>
    public int Threads { get; init; }
}
