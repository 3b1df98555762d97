namespace Hearth.ControlGroups;

/// <summary>One mounted tree of control groups.</summary>
/// <param name="Version">1 or 2 (cgroups(7)).</param>
/// <param name="Controllers">Those that this tree has. In v2, what a group has of them is a matter of its parent.</param>
/// <param name="MountPoint">Where it is seen.</param>
/// <param name="OwnPath">The group of this process beneath the mount point, <c>/</c> for the mount point itself.</param>
internal sealed record ControlGroupHierarchy(int Version, Controllers Controllers, string MountPoint, string OwnPath)
{
    /// <summary>The directory of a group.</summary>
    /// <param name="path">Absolute in the tree.</param>
    public string DirectoryOf(string path) => path == "/" ? MountPoint : MountPoint + path;
}
