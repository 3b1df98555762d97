namespace Hearth.Guest.Init.World;

/// <summary>
/// /etc/hostname and /etc/hosts. As docker does, they are mounted over the image's own files, which stay what they were; an
/// image without them, on a read-only root, stays without.
/// </summary>
internal static class HostFiles
{
    private const string Directory = "/hearth/files";

    /// <param name="tree">The container.</param>
    /// <param name="hostname">Its name.</param>
    /// <param name="given">Places at which the container has something of its own: that counts.</param>
    internal static void Cover(ContainerTree tree, string hostname, IReadOnlyCollection<string> given)
    {
        System.IO.Directory.CreateDirectory(Directory);
        File.WriteAllText($"{Directory}/hostname", hostname + "\n");
        File.WriteAllText($"{Directory}/hosts", ComposeHosts(hostname));
        foreach (string name in ((string[])["hostname", "hosts"]).Where(name => !given.Contains($"/etc/{name}")))
        {
            tree.Cover($"/etc/{name}", $"{Directory}/{name}");
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
