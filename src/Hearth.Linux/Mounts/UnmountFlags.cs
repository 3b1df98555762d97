namespace Hearth.Linux.Mounts;

/// <summary>umount2(2)'s flags: MNT and UMOUNT numbers.</summary>
[Flags]
public enum UnmountFlags
{
    None = 0,
    Force = 1,

    /// <summary>Out of sight now, gone when its last user is.</summary>
    Detach = 2,
    NoFollow = 8,
}
