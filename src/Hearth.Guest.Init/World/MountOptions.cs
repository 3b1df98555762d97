using Hearth.Linux.Mounts;

namespace Hearth.Guest.Init.World;

/// <summary>
/// mount(8)'s options taken apart into what mount(2) takes: flags, propagation (which needs a call of its own), and what is
/// left for the file system. A later option overrides an earlier one.
/// </summary>
internal sealed record MountOptions(MountFlags Flags, MountFlags Propagation, string Data)
{
    private static readonly Dictionary<string, (MountFlags Set, MountFlags Clear)> Known = new(StringComparer.Ordinal)
    {
        ["defaults"] = (MountFlags.None, MountFlags.None),
        ["ro"] = (MountFlags.ReadOnly, MountFlags.None),
        ["rw"] = (MountFlags.None, MountFlags.ReadOnly),
        ["nosuid"] = (MountFlags.NoSetUserId, MountFlags.None),
        ["suid"] = (MountFlags.None, MountFlags.NoSetUserId),
        ["nodev"] = (MountFlags.NoDevices, MountFlags.None),
        ["dev"] = (MountFlags.None, MountFlags.NoDevices),
        ["noexec"] = (MountFlags.NoExecution, MountFlags.None),
        ["exec"] = (MountFlags.None, MountFlags.NoExecution),
        ["sync"] = (MountFlags.Synchronous, MountFlags.None),
        ["async"] = (MountFlags.None, MountFlags.Synchronous),
        ["dirsync"] = (MountFlags.DirectorySynchronous, MountFlags.None),
        ["noatime"] = (MountFlags.NoAccessTime, MountFlags.None),
        ["atime"] = (MountFlags.None, MountFlags.NoAccessTime),
        ["nodiratime"] = (MountFlags.NoDirectoryAccessTime, MountFlags.None),
        ["diratime"] = (MountFlags.None, MountFlags.NoDirectoryAccessTime),
        ["relatime"] = (MountFlags.RelativeAccessTime, MountFlags.None),
        ["norelatime"] = (MountFlags.None, MountFlags.RelativeAccessTime),
        ["strictatime"] = (MountFlags.StrictAccessTime, MountFlags.None),
        ["lazytime"] = (MountFlags.LazyTime, MountFlags.None),
        ["bind"] = (MountFlags.Bind, MountFlags.None),
        ["rbind"] = (MountFlags.Bind | MountFlags.Recursive, MountFlags.None),
        ["remount"] = (MountFlags.Remount, MountFlags.None),
    };

    private static readonly Dictionary<string, MountFlags> Propagations = new(StringComparer.Ordinal)
    {
        ["private"] = MountFlags.Private,
        ["rprivate"] = MountFlags.Private | MountFlags.Recursive,
        ["shared"] = MountFlags.Shared,
        ["rshared"] = MountFlags.Shared | MountFlags.Recursive,
        ["slave"] = MountFlags.Slave,
        ["rslave"] = MountFlags.Slave | MountFlags.Recursive,
        ["unbindable"] = MountFlags.Unbindable,
        ["runbindable"] = MountFlags.Unbindable | MountFlags.Recursive,
    };

    internal static MountOptions Parse(IReadOnlyList<string> options)
    {
        MountFlags flags = MountFlags.None;
        MountFlags propagation = MountFlags.None;
        List<string> data = [];
        foreach (string option in options.SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (Known.TryGetValue(option, out (MountFlags Set, MountFlags Clear) change))
            {
                flags = (flags | change.Set) & ~change.Clear;
            }
            else if (Propagations.TryGetValue(option, out MountFlags kind))
            {
                propagation = kind;
            }
            else
            {
                data.Add(option);
            }
        }

        return new MountOptions(flags, propagation, string.Join(',', data));
    }
}
