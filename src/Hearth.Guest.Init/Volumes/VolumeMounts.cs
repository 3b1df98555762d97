using System.Text;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Init.Trees;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Volumes;

/// <summary>
/// Named volumes: drives with a file system. The container sees only one directory of it, without the file system's own entries.
/// As with docker, an empty volume starts with a copy of the image's content at its destination, with owner and mode.
/// </summary>
internal static class VolumeMounts
{
    private const string Directory = "/hearth/volumes";
    private const string Data = "data";

    /// <summary>The option to start with an empty volume; it is not one of mount(8).</summary>
    private const string NoCopy = "nocopy";

    /// <summary>The name of an unfinished copy. It becomes the volume's data when it is complete.</summary>
    private const string Unfinished = "data.new";

    private const int DirectoryMode = 0x1ed; // 0755

    internal static void Mount(ContainerTree tree, GuestMount mount)
    {
        string[] kept = Array.FindAll([.. mount.Options], option => option != NoCopy);
        bool copies = kept.Length == mount.Options.Count;
        MountOptions options = MountOptions.Parse(kept);
        bool isReadOnly = options.Flags.HasFlag(MountFlags.ReadOnly);
        string place = $"{Directory}/{Path.GetFileName(mount.Source)}";
        System.IO.Directory.CreateDirectory(place);
        MountNaming.Mount(mount.Source, place, mount.FileSystem, options.Flags, options.Data, mount.Destination);
        if (!isReadOnly)
        {
            Begin(tree, mount, place, copies);
        }

        string data = $"{place}/{Data}";
        if (!System.IO.Directory.Exists(data))
        {
            throw new GuestInitException(
                $"cannot mount the volume on {mount.Destination}: it is read-only and was never written to; use it once without 'ro'");
        }

        tree.Bind(data, mount.Destination, isFile: false);
    }

    /// <summary>Unmounts all volumes, so that their file systems are clean. The container's processes must have ended.</summary>
    internal static void Unmount()
    {
        if (!System.IO.Directory.Exists(Directory))
        {
            return;
        }

        foreach (string place in System.IO.Directory.GetDirectories(Directory))
        {
            RootMounts.Unmount(place);
        }
    }

    /// <summary>Copies the image's content into an empty volume.</summary>
    private static void Begin(ContainerTree tree, GuestMount mount, string place, bool copies)
    {
        TreeCopy copy = new();
        using SafeFileHandle volume = RootedPaths.Hold(place);
        SafeFileHandle? data = RootedPaths.TryHold(volume, Data, out _);
        using (data)
        {
            if (data is not null && !copy.IsEmpty(data))
            {
                return;
            }
        }

        using SafeFileHandle image = tree.HoldDirectory(mount.Destination);
        Errno errno = RootedPaths.TryMakeDirectory(volume, Unfinished, DirectoryMode);
        if (errno is not (Errno.None or Errno.EEXIST))
        {
            throw Refuse(mount, errno, "mkdir");
        }

        using SafeFileHandle unfinished = RootedPaths.TryHold(volume, Unfinished, out errno) ?? throw Refuse(mount, errno, "open");
        if (copies)
        {
            copy.Copy(image, unfinished);
        }

        FileSystems.Synchronize();
        errno = DirectoryChanges.TryRename(volume, Name(Unfinished), volume, Name(Data), RenameFlags.None);
        if (errno != Errno.None)
        {
            throw Refuse(mount, errno, "rename");
        }
    }

    private static byte[] Name(string name) => Encoding.UTF8.GetBytes(name + '\0');

    private static GuestInitException Refuse(GuestMount mount, Errno errno, string call) =>
        new($"cannot prepare the volume for {mount.Destination}: {new LinuxException(call, errno).Message}");
}
