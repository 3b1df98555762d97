namespace Hearth.DiskImages;

/// <summary>How a <see cref="DirectoryContent"/> opens files.</summary>
public sealed record DirectoryContentOptions
{
    /// <summary>
    /// Enough for the files that a guest reads alternately. Far below the 20,000 that some hosts allow a process, since a
    /// host runs many such processes.
    /// </summary>
    public const int DefaultMostOpenFiles = 1024;

    public static DirectoryContentOptions Default { get; } = new();

    /// <summary>The number of descriptors kept open. While all of them are in use, each running read may hold one more.</summary>
    public int MostOpenFiles { get; init; } = DefaultMostOpenFiles;

    /// <summary>Whether files may be on other mounts than their root; set it if the tree was walked across mounts.</summary>
    public bool CrossMounts { get; init; }

    /// <summary>Called on the reader's thread, once for each file that fails; meant for a log.</summary>
    public Action<SourceFault>? OnFault { get; init; }
}
