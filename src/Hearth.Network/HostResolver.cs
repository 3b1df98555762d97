using System.Globalization;
using System.Net;

namespace Hearth.Network;

/// <summary>The host's name servers and search domains, resolv.conf(5).</summary>
/// <param name="Servers">The servers in order. The host asks them for the guests, so they may be the host's own (127.0.0.53).</param>
/// <param name="Search">The domains for short names.</param>
/// <param name="Options">The resolver's options.</param>
public sealed record HostResolver(IReadOnlyList<IPAddress> Servers, IReadOnlyList<string> Search, IReadOnlyList<string> Options)
{
    /// <summary>The guest's own init, which passes queries to the host.</summary>
    public const string GuestServer = "127.0.0.11";

    private const int DefaultTimeoutSeconds = 5;
    private const int MaxTimeoutSeconds = 30;
    private const int DefaultAttempts = 2;
    private const int MaxAttempts = 5;

    /// <summary>The options that are about the servers, which the guest does not ask.</summary>
    private static readonly string[] serverOptions = ["timeout", "attempts", "rotate"];

    /// <summary>systemd-resolved has the servers that it asks in the second file, for a host whose /etc/resolv.conf has none.</summary>
    private static readonly string[] files = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

    /// <summary>How long to wait for a server, at most 30 s.</summary>
    public TimeSpan Timeout => TimeSpan.FromSeconds(NumberOf("timeout", DefaultTimeoutSeconds, MaxTimeoutSeconds));

    /// <summary>How many times to ask each server, at most 5.</summary>
    public int Attempts => NumberOf("attempts", DefaultAttempts, MaxAttempts);

    public static HostResolver Read() =>
        files.Where(File.Exists).Select(File.ReadAllText).Select(Parse).FirstOrDefault(found => found.Servers.Count > 0) ?? new HostResolver([], [], []);

    /// <summary>
    /// The content of a guest's /etc/resolv.conf: its own init as the server, and the host's search domains and options. As with
    /// docker, a short name is asked for as it is before search domains are added, since it may be a container's; the host's own
    /// <c>ndots</c> has precedence.
    /// </summary>
    public string ComposeForGuest()
    {
        List<string> options = [.. Options.Where(option => !serverOptions.Contains(option.Split(':')[0]))];
        if (!options.Any(option => option.StartsWith("ndots:", StringComparison.Ordinal)))
        {
            options.Add("ndots:0");
        }

        string search = Search.Count > 0 ? $"search {string.Join(' ', Search)}\n" : "";
        return $"nameserver {GuestServer}\n{search}options {string.Join(' ', options)}\n";
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
                case "nameserver" when IPAddress.TryParse(words[1], out IPAddress? server):
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

    private int NumberOf(string option, int usual, int most)
    {
        string? text = Options.LastOrDefault(given => given.StartsWith(option + ':', StringComparison.Ordinal))?[(option.Length + 1)..];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Math.Clamp(number, 1, most) : usual;
    }
}
