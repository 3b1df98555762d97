using System.Text;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Init.Trees;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>The container's root: the read-only drive, and over it what takes the writes.</summary>
internal static class RootMounts
{
    /// <summary>Where init, in its own root, has the container's.</summary>
    internal const string Container = "/hearth/root";

    private const string Lower = "/hearth/lower";
    private const string Upper = "/hearth/upper";

    /// <summary>The directory of the writable layer that becomes the overlay's root, and its name until it has the root's attributes.</summary>
    private const string Changes = "upper";
    private const string UnfinishedChanges = "upper.new";

    private const string Overlay = "overlay";

    private const int DirectoryMode = 0x1ed; // 0755
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Drives are there when their driver is; what takes this long will not come.</summary>
    private const int DriveTimeoutMs = 10_000;

    /// <summary>
    /// Mounts the root. A read-only root is the drive alone where it has every place that something is mounted on; else it takes a
    /// writable layer until <see cref="Finish"/>, in which those places are made.
    /// </summary>
    /// <param name="root">What it is made of.</param>
    /// <param name="places">Paths that the root has to have; null where init changes the root in other ways too.</param>
    /// <param name="devices">Reports drives.</param>
    /// <param name="warnings">Takes what is otherwise than asked.</param>
    /// <returns>For <see cref="Finish"/>: the time of a root that this start has made; null for one that it found.</returns>
    internal static FileTime? Mount(RootConfiguration root, IEnumerable<string>? places, DeviceWatch devices, List<string> warnings)
    {
        Directory.CreateDirectory(Container);
        Directory.CreateDirectory(Lower);
        Directory.CreateDirectory(Upper);
        MountDrive(devices, root.LowerDrive, root.LowerFileSystem, Lower, MountFlags.ReadOnly);
        if (root is { ReadOnly: true, Attributes: null } && places is not null && HasAll(places))
        {
            MountNaming.Mount(Lower, Container, null, MountFlags.Bind, null, "/");
            return null;
        }

        MountUpper(root, devices, warnings);
        FileTime? modified = Directory.Exists($"{Upper}/{Changes}") ? null : MakeChanges(root.Attributes);
        Directory.CreateDirectory($"{Upper}/work");
        MountNaming.Mount(Overlay, Container, Overlay, MountFlags.None, $"lowerdir={Lower},upperdir={Upper}/{Changes},workdir={Upper}/work", "/");
        return modified;
    }

    /// <summary>
    /// Gives the root its time again, which the mount points that were made in it have changed, and makes one that is to be
    /// read-only so; nothing can be made in it from then on.
    /// </summary>
    internal static void Finish(RootConfiguration root, FileTime? modified)
    {
        if (modified is { } time)
        {
            using SafeFileHandle container = RootedPaths.Hold(Container);
            Demand(NodeChanges.TrySetTimes(container, FileTime.Unchanged, time), "utimensat");
        }

        if (root.ReadOnly)
        {
            MountNaming.Mount("none", Container, null, MountFlags.Remount | MountFlags.Bind | MountFlags.ReadOnly, null, "/");
        }
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
        catch (LinuxException notMounted) when (notMounted.Errno == Errno.EINVAL)
        {
            // Configuration ended before it came to this one.
        }
    }

    private static bool HasAll(IEnumerable<string> places)
    {
        using ContainerTree image = new(RootedPaths.Hold(Lower));
        return places.All(image.Has);
    }

    private static void MountUpper(RootConfiguration root, DeviceWatch devices, List<string> warnings)
    {
        if (root.UpperDrive is { } drive && !root.ReadOnly)
        {
            MountDrive(devices, drive, "ext4", Upper, MountFlags.None);
            return;
        }

        string size = root.UpperSizeInBytes > 0 ? $",size={root.UpperSizeInBytes}" : "";
        MountNaming.Mount("tmpfs", Upper, "tmpfs", MountFlags.None, "mode=755" + size, "the writable layer");
        if (root is { HasUserAttributes: true, ReadOnly: false } && !UserAttributes.AreKept(Upper))
        {
            warnings.Add(
                "a file with extended attributes of users (user.*) loses them when it is changed: this kernel's tmpfs, which holds the writable "
                + "layer, does not keep them before Linux 6.6; use --scratch SIZE, or a newer kernel");
        }
    }

    /// <summary>
    /// The overlay's root has the attributes of this directory, so it gets those of the image's root before it counts. On a scratch
    /// drive that comes back from an earlier start, the container may have changed them since.
    /// </summary>
    /// <returns>The time that the root is to have.</returns>
    private static FileTime MakeChanges(RootAttributes? given)
    {
        using SafeFileHandle upper = RootedPaths.Hold(Upper);
        Errno errno = RootedPaths.TryMakeDirectory(upper, UnfinishedChanges, DirectoryMode);
        Demand(errno == Errno.EEXIST ? Errno.None : errno, "mkdir");
        using SafeFileHandle changes = RootedPaths.Hold($"{Upper}/{UnfinishedChanges}");
        FileTime modified = given is null ? CopyFromImage(changes) : Apply(given, changes);
        Demand(DirectoryChanges.TryRename(upper, Name(UnfinishedChanges), upper, Name(Changes), RenameFlags.None), "rename");
        return modified;
    }

    private static FileTime CopyFromImage(SafeFileHandle directory)
    {
        using SafeFileHandle image = RootedPaths.Hold(Lower);
        Demand(HeldNodes.TryInspect(image, "\0"u8[..0], out NodeStatus status), "statx");
        new AttributeCopy().Copy(image, directory, status);
        return status.Modified;
    }

    private static FileTime Apply(RootAttributes given, SafeFileHandle directory)
    {
        Demand(NodeChanges.TrySetOwner(directory, given.UserId, given.GroupId), "fchownat");
        Demand(NodeChanges.TrySetMode(directory, given.Mode), "chmod");
        foreach (RootExtendedAttribute attribute in given.ExtendedAttributes)
        {
            // As when they are copied: one that the writable layer does not take is left out.
            byte[] name = [.. attribute.Name, 0];
            _ = HeldAttributes.TrySet(directory, name.AsSpan(0, attribute.Name.Length), attribute.Value, flags: 0);
        }

        (long seconds, long nanoseconds) = Math.DivRem(given.ModifiedUnixNanoseconds, NanosecondsPerSecond);
        return nanoseconds < 0 ? new FileTime(seconds - 1, (uint)(nanoseconds + NanosecondsPerSecond)) : new FileTime(seconds, (uint)nanoseconds);
    }

    private static byte[] Name(string name) => Encoding.ASCII.GetBytes(name + '\0');

    private static void Demand(Errno errno, string call)
    {
        if (errno != Errno.None)
        {
            throw new GuestInitException($"cannot prepare the writable layer: {new LinuxException(call, errno).Message}");
        }
    }

    private static void MountDrive(DeviceWatch devices, string drive, string fileSystem, string target, MountFlags flags)
    {
        RequireDrive(devices, $"/dev/{drive}");
        MountNaming.Mount($"/dev/{drive}", target, fileSystem, flags, null, target == Upper ? "the writable layer" : "/");
    }
}
