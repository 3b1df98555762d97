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
/// init's own root and bound to its destination. Init can so end it, even if the container changes the destination.
/// </summary>
internal sealed class ShareMounts(GuestChannel channel)
{
    private const string Directory = "/hearth/shares";

    /// <summary>
    /// The kernel's read-ahead in KiB. With the default of 128 the connection to the host is idle between requests. The kernel
    /// uses at most what the longest message carries.
    /// </summary>
    private const int ReadAheadInKiB = 1024;

    private readonly List<ShareRelay> relays = [];

    /// <exception cref="GuestInitException">The kernel has no FUSE, or the destination cannot be created.</exception>
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

    /// <summary>Ends all shares. Pending data must have been written before.</summary>
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
                $"cannot share {destination}: the guest's kernel has no FUSE (CONFIG_FUSE_FS, module fuse); use one that has it", failure);
        }
    }

    /// <summary>
    /// Sets the read-ahead after the host's first answer, with which the kernel sets its own value. The wait also checks that the
    /// host answers.
    /// </summary>
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
