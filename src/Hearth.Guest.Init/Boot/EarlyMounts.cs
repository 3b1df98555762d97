using Hearth.Linux.Mounts;

namespace Hearth.Guest.Init.Boot;

/// <summary>The kernel's file systems in init's own root, the initramfs, which the container never sees.</summary>
internal static class EarlyMounts
{
    private const MountFlags Usual = MountFlags.NoSetUserId | MountFlags.NoExecution;

    internal static void Mount()
    {
        MountAt("proc", "/proc", Usual | MountFlags.NoDevices);
        MountAt("sysfs", "/sys", Usual | MountFlags.NoDevices);
        MountAt("devtmpfs", "/dev", Usual);
    }

    private static void MountAt(string fileSystem, string target, MountFlags flags)
    {
        Directory.CreateDirectory(target);
        FileSystems.Mount(fileSystem, target, fileSystem, flags);
    }
}
