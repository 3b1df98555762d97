using System.Text;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Init.Trees;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>The container's root: the read-only drive, and the writable layer over it.</summary>
internal static class RootMounts
{
    /// <summary>The container's root in init's own root.</summary>
    internal const string Container = "/hearth/root";

    /// <summary>The container's image, alone.</summary>
    internal const string Lower = "/hearth/lower";

    private const string Upper = "/hearth/upper";

    /// <summary>
    /// The directory of the writable layer that becomes the overlay's root, and its name until it has the root's attributes.
    /// </summary>
    private const string Changes = "upper";

    /// <summary>The container's changes of its image; missing in a root without a writable layer.</summary>
    internal const string ChangesPath = Upper + "/" + Changes;

    private const string UnfinishedChanges = "upper.new";

    private const string Overlay = "overlay";

    /// <summary>Whatever the kernel's defaults are, the writable layer has whole files and directories, which can be read as a layer of an image.</summary>
    private const string PlainChanges = "redirect_dir=off,metacopy=off";

    private const int DirectoryMode = 0x1ed; // 0755
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Drives appear with their driver; after this time a drive will not appear.</summary>
    private const int DriveTimeoutMs = 10_000;

    /// <summary>
    /// Mounts the root. A read-only root is the drive alone if it has all mount points. Otherwise it has a writable layer until
    /// <see cref="Finish"/>, in which the missing mount points are created.
    /// </summary>
    /// <param name="root">The root's drives and layers.</param>
    /// <param name="places">Paths that the root must have; null if init changes the root in other ways too.</param>
    /// <param name="devices">Reports drives.</param>
    /// <param name="warnings">Receives what differs from the request.</param>
    /// <returns>The time for <see cref="Finish"/> if this start created the writable layer; otherwise null.</returns>
    internal static FileTime? Mount(RootConfiguration root, string[]? places, DeviceWatch devices, List<string> warnings)
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
        FileTime? modified = Directory.Exists(ChangesPath) ? null : MakeChanges(root.Attributes);
        Directory.CreateDirectory($"{Upper}/work");
        MountNaming.Mount(Overlay, Container, Overlay, MountFlags.None, $"lowerdir={Lower},upperdir={ChangesPath},workdir={Upper}/work,{PlainChanges}", "/");
        return modified;
    }

    /// <summary>Applies changes of an earlier run to the new writable layer.</summary>
    /// <param name="layer">A layer by image-spec's layer.md, read to its end.</param>
    /// <param name="warnings">Receives what was left out.</param>
    /// <returns>The root's modification time.</returns>
    internal static FileTime Restore(Stream layer, List<string> warnings)
    {
        using SafeFileHandle container = RootedPaths.Hold(Container);
        ArchiveWarnings own = new();
        try
        {
            using ArchiveUnpacking unpacking = new(container, new UnpackingOptions { IsLayer = true }, own);
            unpacking.Unpack(new TarReader(layer));
        }
        catch (ArchiveException failure)
        {
            throw new GuestInitException($"cannot restore the container's changes: {failure.Message}", failure);
        }

        warnings.AddRange(own.All);
        Demand(HeldNodes.TryInspect(container, "\0"u8[..0], out NodeStatus status), "statx");
        return status.Modified;
    }

    /// <summary>
    /// Restores the root's time, which the creation of mount points has changed, and makes the root read-only if requested.
    /// Nothing can be created in a read-only root from then on.
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
            $"the guest has no drive {Path.GetFileName(device)}: it is not in the machine, or its driver (virtio_blk) is not loaded");
    }

    /// <summary>Unmounts the root, so that a scratch drive is clean. The container's processes must have ended.</summary>
    internal static void Unmount()
    {
        foreach (string target in Array.FindAll([Container, Upper, Lower], Directory.Exists))
        {
            Unmount(target);
        }
    }

    /// <summary>Unmounts a file system and all mounts below it; has no effect if nothing is mounted.</summary>
    internal static void Unmount(string target)
    {
        try
        {
            FileSystems.Unmount(target, UnmountFlags.Detach);
        }
        catch (LinuxException notMounted) when (notMounted.Errno == Errno.EINVAL)
        {
            // The setup failed before this mount.
        }
    }

    private static bool HasAll(string[] places)
    {
        using ContainerTree image = new(RootedPaths.Hold(Lower));
        return Array.TrueForAll(places, image.Has);
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
                "a file with extended attributes of users (user.*) loses them when it is changed: the writable layer is a tmpfs, "
                + "which keeps them only since Linux 6.6; use --scratch SIZE, or a newer kernel");
        }
    }

    /// <summary>
    /// Creates the writable layer's root directory. The overlay's root has its attributes, so it gets those of the image's root
    /// before it has its final name. An existing one on a scratch drive is left alone, since the container may have changed it.
    /// </summary>
    /// <returns>The root's modification time.</returns>
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
            // As with copied attributes: one that the writable layer does not support is left out.
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
