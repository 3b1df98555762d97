namespace Hearth.Linux.Mounts;

/// <summary>Flags of umount2(2): MNT and UMOUNT numbers.</summary>
[Flags]
public enum UnmountFlags
{
    None = 0,
    Force = 1,

    /// <summary>Detaches immediately; the mount ends when its last user closes it.</summary>
    Detach = 2,
    NoFollow = 8,
}
