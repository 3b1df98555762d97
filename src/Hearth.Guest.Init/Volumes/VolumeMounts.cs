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
/// Named volumes: drives with a file system, of which the container sees one directory, without what the file system keeps
/// beside it. As docker has it, an empty volume begins with what the image has at its place, owner and mode included.
/// </summary>
internal static class VolumeMounts
{
    private const string Directory = "/hearth/volumes";
    private const string Data = "data";

    /// <summary>Not mount(8)'s: the volume begins empty.</summary>
    private const string NoCopy = "nocopy";

    /// <summary>A copy under way: it becomes the volume's data when it is whole.</summary>
    private const string Unfinished = "data.new";

    private const int DirectoryMode = 0x1ed; // 0755

    internal static void Mount(ContainerTree tree, GuestMount mount)
    {
        bool copies = !mount.Options.Contains(NoCopy);
        MountOptions options = MountOptions.Parse([.. mount.Options.Where(option => option != NoCopy)]);
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
                $"the volume for {mount.Destination} was never written to, and is read-only: use it once without 'ro'");
        }

        tree.Bind(data, mount.Destination, isFile: false);
    }

    /// <summary>Takes the mounts away, which leaves their file systems clean; the container's processes have to be gone.</summary>
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

    /// <summary>Copies what the image has into a volume that holds nothing.</summary>
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
