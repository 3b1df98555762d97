namespace Hearth.Tar;

/// <summary>The owner of unpacked files.</summary>
/// <param name="Ids">The ids for all files; null to use those in the archive or the caller's.</param>
/// <param name="IsCaller">True if all files belong to the process that unpacks.</param>
public readonly record struct UnpackedOwner((uint User, uint Group)? Ids, bool IsCaller)
{
    /// <summary>The ids stored in the archive.</summary>
    public static UnpackedOwner OfArchive => default;

    /// <summary>The process that unpacks.</summary>
    public static UnpackedOwner Caller => new(null, IsCaller: true);

    public static UnpackedOwner Of(uint user, uint group) => new((user, group), IsCaller: false);
}
