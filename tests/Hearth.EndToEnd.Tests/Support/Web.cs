using System.Net.Sockets;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>A page of busybox's web server, and a client for it in this thread's network namespace.</summary>
internal static class Web
{
    public const string Page = "kindling\n";

    /// <summary>The server's command line in a tree of <see cref="MakeTree"/>.</summary>
    public static readonly string[] Server = ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"];

    public static string MakeTree(Sandbox sandbox)
    {
        string tree = BusyboxTree.Make(sandbox);
        Directory.CreateDirectory(Path.Combine(tree, "www"));
        File.WriteAllText(Path.Combine(tree, "www/page"), Page);
        return tree;
    }

    /// <summary>Asks for the page; the server may not listen yet.</summary>
    public static string Fetch(string address, int port = 80)
    {
        string answer = "";
        Sandbox.WaitUntil(() => (answer = TryFetch(address, port)).Length > 0, $"an answer of {address}", TimeSpan.FromSeconds(30));
        return answer;
    }

    private static string TryFetch(string address, int port)
    {
        try
        {
            using TcpClient client = new(address, port);
            client.GetStream().Write("GET /page HTTP/1.0\r\n\r\n"u8);
            using StreamReader reader = new(client.GetStream());
            return reader.ReadToEnd().Split("\r\n\r\n") is [_, var body] ? body : "";
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return "";
        }
    }
}
