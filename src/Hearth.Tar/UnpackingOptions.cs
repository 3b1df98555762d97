namespace Hearth.Tar;

/// <summary>How an archive becomes files.</summary>
public sealed record UnpackingOptions
{
    /// <summary>Takes the place of the first component of every name; null to keep them.</summary>
    public byte[]? FirstName { get; init; }

    /// <summary>Whose the files are.</summary>
    public UnpackedOwner Owner { get; init; } = UnpackedOwner.OfArchive;

    /// <summary>
    /// False leaves out what gives power over the system: set-id bits, file capabilities and other attributes of the system's, and devices.
    /// </summary>
    public bool KeepsPrivileges { get; init; } = true;
}
