using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// The mounts of every container, as with docker: sys, its own /dev with the standard nodes, pts, shm, mqueue. The first process
/// mounts /proc and /sys/fs/cgroup, since they show the namespaces of the process that mounts them.
/// </summary>
internal static class StandardMounts
{
    private static readonly (string FileSystem, string Destination, string Options)[] Always =
    [
        ("sysfs", "/sys", "nosuid,nodev,noexec"),
        ("tmpfs", "/dev", "nosuid,noexec,mode=755,size=65536k"),
        ("devpts", "/dev/pts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"),
        ("tmpfs", "/dev/shm", "nosuid,nodev,noexec,mode=1777"),
        ("mqueue", "/dev/mqueue", "nosuid,nodev,noexec"),
    ];

    private static readonly (string Name, uint Major, uint Minor)[] Nodes =
    [
        ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
    ];

    private static readonly (string Name, string Target)[] Links =
    [
        ("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"),
    ];

    /// <summary>The paths that the root must have; the others are below them.</summary>
    internal static string[] Places => ["/proc", "/sys", "/dev"];

    /// <param name="tree">The container's root.</param>
    /// <param name="given">The destinations of the container's mounts, which have precedence.</param>
    internal static void Mount(ContainerTree tree, List<string> given)
    {
        tree.HoldDirectory("/proc").Dispose();
        foreach ((string fileSystem, string destination, string options) in Always)
        {
            if (given.Contains(destination))
            {
                continue;
            }

            tree.Mount(fileSystem, destination, fileSystem, MountOptions.Parse([options]));
            if (destination == "/dev")
            {
                FillDevices(tree);
            }
        }
    }

    private static void FillDevices(ContainerTree tree)
    {
        using SafeFileHandle devices = tree.HoldDirectory("/dev");
        string directory = RootedPaths.NameOf(devices);
        foreach ((string name, uint major, uint minor) in Nodes)
        {
            DeviceNodes.CreateCharacterDevice($"{directory}/{name}", mode: 0x1b6 /* 0666 */, major, minor);
        }

        foreach ((string name, string target) in Links)
        {
            File.CreateSymbolicLink($"{directory}/{name}", target);
        }
    }
}
