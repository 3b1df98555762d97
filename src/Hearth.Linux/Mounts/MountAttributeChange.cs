using System.Runtime.InteropServices;

namespace Hearth.Linux.Mounts;

/// <summary><c>struct mount_attr</c> of mount_setattr(2), linux/mount.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MountAttributeChange
{
    internal ulong Set;
    internal ulong Clear;
    internal ulong Propagation;
    internal ulong UserNamespace;
}
