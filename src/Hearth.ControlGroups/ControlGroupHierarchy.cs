namespace Hearth.ControlGroups;

/// <summary>One mounted hierarchy of control groups.</summary>
/// <param name="Version">1 or 2 (cgroups(7)).</param>
/// <param name="Controllers">The controllers of this hierarchy. In v2, the parent of a group decides which of them the group has.</param>
/// <param name="MountPoint">The mount point.</param>
/// <param name="OwnPath">The group of this process relative to the mount point, <c>/</c> for the mount point itself.</param>
internal sealed record ControlGroupHierarchy(int Version, Controllers Controllers, string MountPoint, string OwnPath)
{
    /// <summary>The directory of a group.</summary>
    /// <param name="path">The group's absolute path in the hierarchy.</param>
    public string DirectoryOf(string path) => path == "/" ? MountPoint : MountPoint + path;
}
