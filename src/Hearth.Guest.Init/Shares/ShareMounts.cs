using System.Globalization;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Shares;

/// <summary>
/// Directories and files of the host in the container: FUSE file systems whose requests the host answers. Each is mounted in
/// init's own root, where it can be ended whatever becomes of its place in the container, and shown at its destination.
/// </summary>
internal sealed class ShareMounts(GuestChannel channel)
{
    private const string Directory = "/hearth/shares";

    /// <summary>
    /// What the kernel reads ahead, in KiB. Its own 128 leave the way to the host empty in between; it takes no more than the
    /// longest message carries.
    /// </summary>
    private const int ReadAheadInKiB = 1024;

    private readonly List<ShareRelay> relays = [];

    /// <exception cref="GuestInitException">The kernel has no FUSE, or the destination cannot be had.</exception>
    internal void Mount(ContainerTree tree, GuestMount mount, GuestShare share)
    {
        MountOptions options = MountOptions.Parse(mount.Options);
        string place = MakePlace(share.IsFile);
        SafeFileHandle device = OpenDevice(mount.Destination);
        string data = string.Create(
            CultureInfo.InvariantCulture,
            $"fd={device.DangerousGetHandle()},rootmode={(share.IsFile ? "100000" : "40000")},user_id=0,group_id=0,default_permissions,allow_other");
        MountNaming.Mount(mount.Source, place, mount.FileSystem, options.Flags, data, mount.Destination);
        ShareRelay relay = new(device, channel.AcceptStream(share.Stream), place, share.MaxMessageBytes);
        relays.Add(relay);
        relay.Start();
        SetReadAhead(place);
        tree.Bind(place, mount.Destination, share.IsFile);
    }

    /// <summary>Ends all; what is still to be written has to have been.</summary>
    internal void End() => relays.ForEach(relay => relay.End());

    private string MakePlace(bool isFile)
    {
        string place = $"{Directory}/{relays.Count}";
        System.IO.Directory.CreateDirectory(isFile ? Directory : place);
        if (isFile)
        {
            File.WriteAllBytes(place, []);
        }

        return place;
    }

    private static SafeFileHandle OpenDevice(string destination)
    {
        try
        {
            return FuseDevice.Open();
        }
        catch (LinuxException failure) when (failure.Errno is Errno.ENOENT or Errno.ENXIO or Errno.ENODEV)
        {
            throw new GuestInitException(
                $"cannot share {destination} with the host: the guest's kernel has no FUSE (CONFIG_FUSE_FS, module fuse); take a kernel that has it", failure);
        }
    }

    /// <summary>After the host's first answer, with which the kernel sets its own; waiting for it also shows that there is one.</summary>
    private static void SetReadAhead(string place)
    {
        using SafeFileHandle root = RootedPaths.Hold(place);
        Errno errno = Hearth.Linux.Files.FileSystemStatus.TryInspect(root, out _);
        if (errno != Errno.None)
        {
            throw new GuestInitException(new LinuxException("statfs", errno, "a share of the host").Message);
        }

        File.WriteAllText($"/sys/class/bdi/0:{FuseDevice.ConnectionNumber(root)}/read_ahead_kb", $"{ReadAheadInKiB}\n");
    }
}
