using Hearth.Linux.Mounts;

namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// A mount's options as the arguments of mount(2): flags, propagation (which needs a separate call), and the rest for the file
/// system. The options are those of the OCI runtime specification (config.md, "Linux mount options"): mount(8)'s, and a few that
/// runtimes handle themselves. A later option overrides an earlier one.
/// </summary>
internal sealed record MountOptions(MountFlags Flags, MountFlags Propagation, string Data)
{
    /// <summary>True for a tmpfs that starts with a copy of the image's content at the destination.</summary>
    internal bool CopiesUp { get; init; }

    private const string CopyUp = "tmpcopyup";

    /// <summary>
    /// The prefix for flags that apply to all mounts below as well. A new mount has none below it, so the prefix has no effect.
    /// </summary>
    private const string RecursivePrefix = "r";

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
        ["nostrictatime"] = (MountFlags.None, MountFlags.StrictAccessTime),
        ["lazytime"] = (MountFlags.LazyTime, MountFlags.None),
        ["nolazytime"] = (MountFlags.None, MountFlags.LazyTime),
        ["nosymfollow"] = (MountFlags.NoSymbolicLinks, MountFlags.None),
        ["symfollow"] = (MountFlags.None, MountFlags.NoSymbolicLinks),
        ["mand"] = (MountFlags.MandatoryLocks, MountFlags.None),
        ["nomand"] = (MountFlags.None, MountFlags.MandatoryLocks),
        ["acl"] = (MountFlags.AccessLists, MountFlags.None),
        ["noacl"] = (MountFlags.None, MountFlags.AccessLists),
        ["iversion"] = (MountFlags.InodeVersion, MountFlags.None),
        ["noiversion"] = (MountFlags.None, MountFlags.InodeVersion),
        ["silent"] = (MountFlags.Silent, MountFlags.None),
        ["loud"] = (MountFlags.None, MountFlags.Silent),
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

    /// <summary>The flags that have a recursive form in the specification.</summary>
    private static readonly string[] recursive =
    [
        "ro", "rw", "nosuid", "suid", "nodev", "dev", "noexec", "exec", "noatime", "atime", "nodiratime", "diratime", "relatime", "norelatime",
        "strictatime", "nostrictatime", "nosymfollow", "symfollow",
    ];

    /// <param name="options">The options; each entry may have several, separated by commas.</param>
    /// <exception cref="GuestInitException">An option is not supported.</exception>
    internal static MountOptions Parse(IReadOnlyList<string> options)
    {
        MountFlags flags = MountFlags.None;
        MountFlags propagation = MountFlags.None;
        bool copiesUp = false;
        List<string> data = [];
        foreach (string option in string.Join(',', options).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Find(option) is { } change)
            {
                flags = (flags | change.Set) & ~change.Clear;
            }
            else if (Propagations.TryGetValue(option, out MountFlags kind))
            {
                propagation = kind;
            }
            else if (option is "idmap" or "ridmap")
            {
                throw new GuestInitException($"cannot mount with the option {option}: a guest does not map users; omit it");
            }
            else if (option == CopyUp)
            {
                copiesUp = true;
            }
            else
            {
                data.Add(option);
            }
        }

        return new MountOptions(flags, propagation, string.Join(',', data)) { CopiesUp = copiesUp };
    }

    private static (MountFlags Set, MountFlags Clear)? Find(string option)
    {
        if (Known.TryGetValue(option, out (MountFlags Set, MountFlags Clear) change))
        {
            return change;
        }

        string single = option.StartsWith(RecursivePrefix, StringComparison.Ordinal) ? option[RecursivePrefix.Length..] : "";
        return recursive.Contains(single) ? Known[single] : null;
    }
}
