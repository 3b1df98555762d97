using Hearth.Guest.Init.Trees;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// A tmpfs on a directory of the container. As with runc, it has the directory's mode unless an option sets another, and with
/// tmpcopyup it starts with a copy of the image's content.
/// </summary>
internal static class TemporaryMount
{
    /// <summary>The directory where a tmpfs is filled before the container sees it.</summary>
    private const string Filling = "/hearth/tmpfs";

    private const uint PermissionBits = 0xfff;

    /// <param name="source">The name in lists of mounts.</param>
    /// <param name="target">The open directory.</param>
    /// <param name="options">The options of mount(8).</param>
    /// <param name="destination">The directory's path in the container, for messages.</param>
    /// <param name="isOfImage">False if the directory was created for the mount, so that its mode is meaningless.</param>
    internal static void Mount(string source, SafeFileHandle target, MountOptions options, string destination, bool isOfImage)
    {
        string place = RootedPaths.NameOf(target);
        string data = isOfImage ? DataOf(target, options) : options.Data;
        if (!options.CopiesUp)
        {
            MountNaming.Mount(source, place, "tmpfs", options.Flags, data, destination);
            return;
        }

        Directory.CreateDirectory(Filling);
        MountNaming.Mount(source, Filling, "tmpfs", options.Flags & ~MountFlags.ReadOnly, data, destination);
        Fill(target, destination);
        if (options.Flags.HasFlag(MountFlags.ReadOnly))
        {
            MountNaming.Mount("none", Filling, null, options.Flags | MountFlags.Remount | MountFlags.Bind, null, destination);
        }

        MountNaming.Mount(Filling, place, null, MountFlags.Move, null, destination);
    }

    private static string DataOf(SafeFileHandle target, MountOptions options)
    {
        Errno errno = HeldNodes.TryInspect(target, "\0"u8[..0], out NodeStatus status);
        string mode = errno == Errno.None && status.IsDirectory ? $"mode={Convert.ToString(status.Mode & PermissionBits, toBase: 8)}" : "";
        return string.Join(',', Array.FindAll([mode, options.Data], part => part.Length > 0));
    }

    private static void Fill(SafeFileHandle image, string destination)
    {
        using SafeFileHandle filled = RootedPaths.Hold(Filling);
        try
        {
            new TreeCopy().CopyContent(image, filled);
        }
        catch (LinuxException failure)
        {
            throw new GuestInitException(
                $"cannot copy the image's {destination} to its tmpfs: {failure.Message}; give it a larger size, or no tmpcopyup", failure);
        }
    }
}
