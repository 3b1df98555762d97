namespace Hearth.Guest.Init.World;

/// <summary>
/// /etc/hostname and /etc/hosts. As docker does, they are mounted over the image's own files, which stay what they were; an
/// image without them, on a read-only root, stays without.
/// </summary>
internal static class HostFiles
{
    private const string Directory = "/hearth/files";

    internal static void Cover(ContainerTree tree, string hostname)
    {
        System.IO.Directory.CreateDirectory(Directory);
        File.WriteAllText($"{Directory}/hostname", hostname + "\n");
        File.WriteAllText($"{Directory}/hosts", ComposeHosts(hostname));
        tree.Cover("/etc/hostname", $"{Directory}/hostname");
        tree.Cover("/etc/hosts", $"{Directory}/hosts");
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
