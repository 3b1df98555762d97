using Hearth.Guest.Init.Devices;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Mounts;

namespace Hearth.Guest.Init.World;

/// <summary>The container's root: the read-only drive, and over it what takes the writes.</summary>
internal static class RootMounts
{
    /// <summary>Where init, in its own root, has the container's.</summary>
    internal const string Container = "/hearth/root";

    private const string Lower = "/hearth/lower";
    private const string Upper = "/hearth/upper";

    /// <summary>Drives are there when their driver is; what takes this long will not come.</summary>
    private const int DriveTimeoutMs = 10_000;

    internal static void Mount(RootConfiguration root, DeviceWatch devices)
    {
        Directory.CreateDirectory(Container);
        if (root.ReadOnly)
        {
            MountDrive(devices, root.LowerDrive, root.LowerFileSystem, Container, MountFlags.ReadOnly);
            return;
        }

        Directory.CreateDirectory(Lower);
        Directory.CreateDirectory(Upper);
        MountDrive(devices, root.LowerDrive, root.LowerFileSystem, Lower, MountFlags.ReadOnly);
        if (root.UpperDrive is { } drive)
        {
            MountDrive(devices, drive, "ext4", Upper, MountFlags.None);
        }
        else
        {
            string size = root.UpperSizeInBytes > 0 ? $",size={root.UpperSizeInBytes}" : "";
            MountNaming.Mount("tmpfs", Upper, "tmpfs", MountFlags.None, "mode=755" + size, "the writable layer");
        }

        // A scratch drive may come back with what an earlier start of the same container wrote.
        Directory.CreateDirectory($"{Upper}/upper");
        Directory.CreateDirectory($"{Upper}/work");
        MountNaming.Mount("overlay", Container, "overlay", MountFlags.None, $"lowerdir={Lower},upperdir={Upper}/upper,workdir={Upper}/work", "/");
    }

    /// <summary>Waits for a drive's device in init's own /dev.</summary>
    internal static void RequireDrive(DeviceWatch devices, string device)
    {
        _ = devices.WaitFor(() => File.Exists(device) ? device : null, DriveTimeoutMs) ?? throw new GuestInitException(
            $"the guest has no drive {Path.GetFileName(device)}: the machine was given none, or its driver (virtio_blk) was not loaded");
    }

    /// <summary>Takes the mounts away again, so that a scratch drive is left clean; the container's processes have to be gone.</summary>
    internal static void Unmount()
    {
        foreach (string target in ((string[])[Container, Upper, Lower]).Where(Directory.Exists))
        {
            Unmount(target);
        }
    }

    /// <summary>Takes a mount away, and those beneath it; nothing where there is none.</summary>
    internal static void Unmount(string target)
    {
        try
        {
            FileSystems.Unmount(target, UnmountFlags.Detach);
        }
        catch (Hearth.Linux.LinuxException notMounted) when (notMounted.Errno == Hearth.Linux.Errno.EINVAL)
        {
            // Configuration ended before it came to this one.
        }
    }

    private static void MountDrive(DeviceWatch devices, string drive, string fileSystem, string target, MountFlags flags)
    {
        RequireDrive(devices, $"/dev/{drive}");
        MountNaming.Mount($"/dev/{drive}", target, fileSystem, flags, null, target == Upper ? "the writable layer" : "/");
    }
}
