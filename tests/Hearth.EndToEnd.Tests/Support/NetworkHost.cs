using System.Net.Sockets;
using System.Text;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>A host in a network namespace of its own, with a machine outside.</summary>
internal static class NetworkHost
{
    /// <summary>What <see cref="Server"/> answers.</summary>
    public const string Page = "kindling\n";

    /// <summary>The web server's command line in a tree of <see cref="MakeTree"/>.</summary>
    public static readonly string[] Server = ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"];

    private const string ForwardingSwitch = "/proc/sys/net/ipv4/ip_forward";

    /// <summary><c>0</c> or <c>1</c>.</summary>
    public static string Forwarding => File.ReadAllText(ForwardingSwitch).Trim();

    /// <summary>Runs a test, and checks that it leaves no tap and that forwarding is off.</summary>
    public static void Run(Action<OutsideHost> test) => OwnNamespace.Run(() =>
    {
        // A new namespace may inherit the machine's own switches.
        File.WriteAllText(ForwardingSwitch, "0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "0");
        using OutsideHost outside = new();
        test(outside);
        Assert.DoesNotContain(Links(), name => name.StartsWith("hearth", StringComparison.Ordinal));
        Assert.Equal("0", Forwarding);
    });

    /// <summary>The names of all interfaces.</summary>
    public static string[] Links()
    {
        using RouteSocket socket = RouteSocket.Open();
        return [.. Hearth.Linux.Network.Links.List(socket).Select(link => link.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>A root with busybox, the page <c>/www/page</c> and <see cref="GuestServer"/>.</summary>
    public static string MakeTree(Sandbox sandbox)
    {
        string tree = BusyboxTree.Make(sandbox);
        Directory.CreateDirectory(Path.Combine(tree, "www"));
        File.WriteAllText(Path.Combine(tree, "www/page"), Page);
        File.WriteAllText(Path.Combine(tree, "www/name"), "web\n");
        GuestServer.Install(tree);
        return tree;
    }

    /// <summary>Asks a web server, which may not listen yet, for its page.</summary>
    public static string Fetch(string address, int port = 80)
    {
        string answer = "";
        Sandbox.WaitUntil(() => (answer = TryFetch(address, port)).Length > 0, $"an answer of {address}", TimeSpan.FromSeconds(30));
        return answer;
    }

    /// <summary>Asks a web server once.</summary>
    /// <returns>The page; empty if nobody answers.</returns>
    public static string TryFetch(string address, int port)
    {
        try
        {
            using TcpClient client = new(address, port);
            client.GetStream().Write("GET /page HTTP/1.0\r\n\r\n"u8);
            using StreamReader reader = new(client.GetStream(), Encoding.ASCII);
            return reader.ReadToEnd().Split("\r\n\r\n") is [_, var body, ..] ? body : "";
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return "";
        }
    }
}
