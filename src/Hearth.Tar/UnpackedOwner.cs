namespace Hearth.Tar;

/// <summary>Whose unpacked files are.</summary>
/// <param name="Ids">Given to all; null for those that the archive names, or none at all.</param>
/// <param name="IsCaller">True to leave all to the process that unpacks.</param>
public readonly record struct UnpackedOwner((uint User, uint Group)? Ids, bool IsCaller)
{
    /// <summary>The numbers that the archive names.</summary>
    public static UnpackedOwner OfArchive => default;

    /// <summary>The process that unpacks.</summary>
    public static UnpackedOwner Caller => new(null, IsCaller: true);

    public static UnpackedOwner Of(uint user, uint group) => new((user, group), IsCaller: false);
}
