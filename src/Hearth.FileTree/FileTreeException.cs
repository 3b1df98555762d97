namespace Hearth.FileTree;

/// <summary>Why a tree could not be walked or built.</summary>
public enum FileTreeError
{
    NotFound,
    NotADirectory,
    PermissionDenied,
    InvalidName,
    DuplicateName,
    BrokenStructure,
    Unreadable,

    /// <summary>A destination that cannot be overlaid.</summary>
    InvalidDestination,

    /// <summary>A destination's path has more symbolic links than the kernel would follow.</summary>
    TooManyLinks,
}

/// <summary>A tree that could not be walked or built; the message names the path and the cause.</summary>
public sealed class FileTreeException(FileTreeError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public FileTreeError Error { get; } = error;
}
