namespace Hearth.DiskImages;

/// <summary>How a <see cref="DirectoryContent"/> opens files.</summary>
public sealed record DirectoryContentOptions
{
    /// <summary>
    /// Enough for the files that a guest reads from in turns; far below the 20,000 that some hosts allow a process, since a
    /// host runs many.
    /// </summary>
    public const int DefaultMostOpenFiles = 1024;

    public static DirectoryContentOptions Default { get; } = new();

    /// <summary>Descriptors kept open. Each read under way may hold one more while all of them are in use.</summary>
    public int MostOpenFiles { get; init; } = DefaultMostOpenFiles;

    /// <summary>Whether files may lie on other mounts than their root: to be set where the tree was walked so.</summary>
    public bool CrossMounts { get; init; }

    /// <summary>Called once for each file that fails, on the reader's thread: for a log.</summary>
    public Action<SourceFault>? OnFault { get; init; }
}
