using System.Net;

namespace Hearth.Network;

/// <summary>The host's name servers and search domains, resolv.conf(5), as far as a guest can use them.</summary>
/// <param name="Servers">Addresses that are not the host's own loopback.</param>
/// <param name="Search">The domains for short names.</param>
/// <param name="Options">The resolver's options.</param>
public sealed record HostResolver(IReadOnlyList<IPAddress> Servers, IReadOnlyList<string> Search, IReadOnlyList<string> Options)
{
    /// <summary>systemd-resolved keeps the servers that it asks there, if /etc/resolv.conf names only its own stub.</summary>
    private static readonly string[] files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

    public static HostResolver Read() => files.Where(File.Exists).Select(File.ReadAllText).Select(Parse).FirstOrDefault(found => found.Servers.Count > 0) ?? new HostResolver([], [], []);

    /// <summary>The content of a guest's /etc/resolv.conf; without servers, no name is resolved.</summary>
    public string Compose()
    {
        IEnumerable<string> lines =
        [
            .. Servers.Select(server => $"nameserver {server}"),
            .. Search.Count > 0 ? [$"search {string.Join(' ', Search)}"] : Array.Empty<string>(),
            .. Options.Count > 0 ? [$"options {string.Join(' ', Options)}"] : Array.Empty<string>(),
        ];
        return string.Concat(lines.Select(line => line + '\n'));
    }

    public static HostResolver Parse(string text)
    {
        List<IPAddress> servers = [];
        List<string> search = [];
        List<string> options = [];
        foreach (string[] words in text.Split('\n').Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1))
        {
            switch (words[0])
            {
                case "nameserver" when IPAddress.TryParse(words[1], out IPAddress? server) && !IPAddress.IsLoopback(server):
                    servers.Add(server);
                    break;
                case "search" or "domain":
                    search = [.. words[1..]];
                    break;
                case "options":
                    options.AddRange(words[1..]);
                    break;
            }
        }

        return new HostResolver(servers, search, options);
    }
}
