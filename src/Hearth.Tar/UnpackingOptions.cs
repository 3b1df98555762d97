namespace Hearth.Tar;

/// <summary>Options for unpacking an archive.</summary>
public sealed record UnpackingOptions
{
    /// <summary>Replaces the first component of every name; null to keep the names.</summary>
    public byte[]? FirstName { get; init; }

    /// <summary>The owner of the files.</summary>
    public UnpackedOwner Owner { get; init; } = UnpackedOwner.OfArchive;

    /// <summary>
    /// False leaves out what grants privileges: set-id bits, devices, file capabilities and all other attributes except <c>user.*</c>.
    /// </summary>
    public bool KeepsPrivileges { get; init; } = true;

    /// <summary>Whether what the archive has replaces what is in the way: a directory with its content, and by a directory what is none.</summary>
    public bool ReplacesOthers { get; init; }

    /// <summary>
    /// Whether the archive is an image's layer (image-spec, layer.md): its marks remove what the directory has, and what it has replaces
    /// what is in the way, directories too. A mark of an opaque directory comes before the directory's content.
    /// </summary>
    public bool IsLayer { get; init; }
}
