using System.Text;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Network;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// The container's own files in /etc. /etc/hostname, /etc/hosts and /etc/resolv.conf are mounted over the image's files, which
/// stay unchanged, as with docker: a link there is followed inside the root, and what it leads to is covered. /etc/localtime
/// replaces the image's: it is usually a link, and a mount over a link would change the zone that it leads to.
/// </summary>
internal static class HostFiles
{
    private const string LocalTime = "/etc/localtime";

    private const string Directory = "/hearth/files";
    private const int FileMode = 0x1a4; // 0644

    private const string Hostname = "/etc/hostname";
    private const string Hosts = "/etc/hosts";
    private const string Resolver = "/etc/resolv.conf";

    private const int Ipv4Bytes = 4;
    private const int Ipv6Bytes = 16;

    /// <summary>All files that may be mounted over the image's.</summary>
    internal static string[] Covered => [Hostname, Hosts, Resolver];

    /// <summary>Returns the paths that the root must have for these files.</summary>
    /// <param name="configuration">The host's request.</param>
    /// <param name="given">The destinations of the container's mounts, which have precedence.</param>
    internal static string[] Places(ConfigureGuest configuration, List<string> given)
    {
        string[] places = configuration.Network is { ResolverConfiguration.Length: > 0 } ? [Hostname, Hosts, Resolver] : [Hostname, Hosts];
        return Array.FindAll(places, place => !given.Contains(place));
    }

    /// <param name="tree">The container's root.</param>
    /// <param name="configuration">The host's request.</param>
    /// <param name="given">As in <see cref="Places"/>.</param>
    internal static void Cover(ContainerTree tree, ConfigureGuest configuration, List<string> given)
    {
        System.IO.Directory.CreateDirectory(Directory);
        foreach (string place in Places(configuration, given))
        {
            string source = $"{Directory}/{Path.GetFileName(place)}";
            File.WriteAllText(source, Compose(place, configuration));
            tree.Bind(source, place, isFile: true);
        }
    }

    /// <summary>Writes /etc/hosts anew. Processes see the change, since the file stays the same.</summary>
    internal static void Update(ConfigureGuest configuration)
    {
        string source = $"{Directory}/{Path.GetFileName(Hosts)}";
        if (File.Exists(source))
        {
            File.WriteAllText(source, ComposeHosts(configuration));
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

    private static string Compose(string place, ConfigureGuest configuration) => place switch
    {
        Hostname => configuration.Hostname + "\n",
        Hosts => ComposeHosts(configuration),
        _ => configuration.Network!.ResolverConfiguration,
    };

    /// <summary>Docker's lines, the host's, and the guest's own addresses; 127.0.1.1 for a guest that has none.</summary>
    internal static string ComposeHosts(ConfigureGuest configuration)
    {
        StringBuilder text = new(
            """
            127.0.0.1	localhost
            ::1	localhost ip6-localhost ip6-loopback
            fe00::	ip6-localnet
            ff00::	ip6-mcastprefix
            ff02::1	ip6-allnodes
            ff02::2	ip6-allrouters

            """);
        foreach (GuestHostEntry entry in configuration.Network?.Hosts ?? [])
        {
            AppendLine(text, entry.Address, entry.Name);
        }

        int end = text.Length;
        AppendAddresses(text, configuration, Ipv4Bytes);
        AppendAddresses(text, configuration, Ipv6Bytes);
        if (text.Length == end)
        {
            AppendLine(text, "127.0.1.1", NamesOf(configuration));
        }

        return text.ToString();
    }

    private static void AppendAddresses(StringBuilder text, ConfigureGuest configuration, int addressBytes)
    {
        foreach (GuestInterface own in configuration.Network?.Interfaces ?? [])
        {
            foreach (GuestAddress address in own.Addresses)
            {
                if (address.Address.Length == addressBytes)
                {
                    AppendLine(text, AddressText.Format(address.Address), NamesOf(configuration));
                }
            }
        }
    }

    /// <summary>The first name of a line is the canonical one: the whole name, as docker writes it.</summary>
    private static string NamesOf(ConfigureGuest configuration) =>
        configuration.Domainname.Length > 0 ? $"{configuration.Hostname}.{configuration.Domainname} {configuration.Hostname}" : configuration.Hostname;

    private static void AppendLine(StringBuilder text, string address, string name) => text.Append(address).Append('\t').Append(name).Append('\n');
}
