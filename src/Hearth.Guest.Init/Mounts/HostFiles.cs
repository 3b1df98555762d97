using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// The container's own files in /etc. /etc/hostname and /etc/hosts are mounted over the image's files, which stay unchanged, as
/// with docker. /etc/localtime replaces the image's: it is usually a link, and a mount over a link would change the zone that it
/// leads to.
/// </summary>
internal static class HostFiles
{
    private const string LocalTime = "/etc/localtime";

    private const string Directory = "/hearth/files";
    private const int FileMode = 0x1a4; // 0644

    private static readonly string[] names = ["hostname", "hosts"];

    /// <summary>Returns the paths that the root must have for these files.</summary>
    /// <param name="given">The destinations of the container's mounts, which have precedence.</param>
    internal static IEnumerable<string> Places(IReadOnlyCollection<string> given) => names.Select(name => $"/etc/{name}").Except(given);

    /// <param name="tree">The container's root.</param>
    /// <param name="hostname">The container's host name.</param>
    /// <param name="given">As in <see cref="Places"/>.</param>
    internal static void Cover(ContainerTree tree, string hostname, IReadOnlyCollection<string> given)
    {
        System.IO.Directory.CreateDirectory(Directory);
        File.WriteAllText($"{Directory}/hostname", hostname + "\n");
        File.WriteAllText($"{Directory}/hosts", ComposeHosts(hostname));
        foreach (string place in Places(given))
        {
            tree.Bind($"{Directory}/{Path.GetFileName(place)}", place, isFile: true);
        }
    }

    /// <param name="tree">The container's root.</param>
    /// <param name="zone">The content in tzfile(5) format; empty to keep the image's.</param>
    internal static void SetLocalTime(ContainerTree tree, byte[] zone)
    {
        if (zone.Length == 0)
        {
            return;
        }

        using SafeFileHandle directory = tree.HoldDirectory("/etc");
        _ = DirectoryChanges.TryUnlink(directory, "localtime\0"u8[..^1]);
        Errno errno = HeldNodes.TryCreate(directory, "localtime\0"u8, OpenFlags.WriteOnly, FileMode, out SafeFileHandle file);
        using (file)
        {
            if (errno != Errno.None)
            {
                throw new GuestInitException($"cannot set the time zone: {new LinuxException("open", errno, LocalTime).Message}");
            }

            RandomAccess.Write(file, zone, fileOffset: 0);
        }
    }

    private static string ComposeHosts(string hostname) =>
        $"""
        127.0.0.1	localhost
        ::1	localhost ip6-localhost ip6-loopback
        ff02::1	ip6-allnodes
        ff02::2	ip6-allrouters
        127.0.1.1	{hostname}

        """;
}
