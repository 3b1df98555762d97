using System.Diagnostics.CodeAnalysis;
using System.Net;
using Hearth.Containers;

namespace Hearth.Remote;

/// <summary>Where a worker listens, in docker's forms: <c>unix:///PATH</c>, <c>tcp://HOST:PORT</c>, <c>http://</c> or <c>https://</c>.</summary>
public sealed record HostAddress
{
    private const string Forms = "unix:///PATH, tcp://HOST:PORT, http://HOST:PORT or https://HOST:PORT";
    private const int PlainPort = 2375;
    private const int SecurePort = 2376;

    private readonly string host;
    private readonly int? port;
    private readonly bool? isSecure;

    private HostAddress(string text, string? socketPath, string host, int? port, bool? isSecure)
    {
        Text = text;
        SocketPath = socketPath;
        this.host = host;
        this.port = port;
        this.isSecure = isSecure;
    }

    /// <summary>As it was given.</summary>
    public string Text { get; }

    /// <summary>The path of a Unix socket; null for TCP.</summary>
    internal string? SocketPath { get; }

    /// <summary>Whether only this host can listen there.</summary>
    internal bool IsLocal => SocketPath is not null || host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <param name="text">One of the forms.</param>
    /// <exception cref="HearthException">It is none.</exception>
    public static HostAddress Parse(string text)
    {
        if (text.StartsWith("ssh://", StringComparison.Ordinal))
        {
            string target = text["ssh://".Length..].TrimEnd('/');
            throw Refused($"cannot use the host '{text}': hearth does not speak SSH; forward the socket ('ssh -nNT -L /tmp/hearth.sock:/run/hearth/docker.sock {target}'), and use unix:///tmp/hearth.sock");
        }

        const string Unix = "unix://";
        if (text.StartsWith(Unix, StringComparison.Ordinal))
        {
            string path = text[Unix.Length..];
            return path.StartsWith('/') ? new HostAddress(text, path, "hearthd", null, false) : throw Refused($"cannot use the host '{text}': the path of the socket must be absolute, as in unix:///run/hearth/docker.sock");
        }

        return TryReadTcp(text, out HostAddress? address) ? address : throw Refused($"cannot use the host '{text}': it must be {Forms}");
    }

    /// <summary>Whether the connection is by TLS. <c>tcp://</c> is, if there is anything for TLS.</summary>
    internal bool IsSecure(bool hasTls) => isSecure ?? hasTls;

    /// <summary>The beginning of all of its URLs.</summary>
    internal Uri BaseOf(bool hasTls)
    {
        bool secure = IsSecure(hasTls);
        int number = port ?? (SocketPath is not null ? 80 : secure ? SecurePort : PlainPort);
        return new UriBuilder(secure ? "https" : "http", host, number, "/").Uri;
    }

    public override string ToString() => Text;

    private static bool TryReadTcp(string text, [NotNullWhen(true)] out HostAddress? address)
    {
        address = null;
        bool? secure = null;
        string scheme = text.Split("://", 2)[0];
        if (scheme is not ("tcp" or "http" or "https") || !Uri.TryCreate(text, UriKind.Absolute, out Uri? read) || read is not { Query: "", Fragment: "", UserInfo: "" }
            || read.AbsolutePath is not ("/" or "") || read.Host.Length == 0)
        {
            return false;
        }

        if (scheme != "tcp")
        {
            secure = scheme == "https";
        }

        int? given = scheme == "tcp" ? read.Port > 0 ? read.Port : null : read.Port;
        address = new HostAddress(text, null, read.Host, given, secure);
        return true;
    }

    private static HearthException Refused(string message) => new(HearthError.InvalidRequest, message);
}
