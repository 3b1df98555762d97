using System.Net;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>
/// Chooses the proxy of a request as curl and Go's programs do. NO_PROXY lists hosts (with their subdomains), addresses,
/// networks as ADDRESS/LENGTH, each perhaps with a port; <c>*</c> means all. This machine is reached directly.
/// </summary>
internal sealed class HostProxy : IWebProxy
{
    private readonly Proxy? http;
    private readonly Proxy? https;
    private readonly string[] exceptions;

    /// <exception cref="ImageException">A proxy's address is malformed.</exception>
    public HostProxy(ProxySettings settings)
    {
        http = Read("HTTP_PROXY", settings.Http);
        https = Read("HTTPS_PROXY", settings.Https);
        exceptions = settings.Exceptions?.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        Credentials = new ProxyCredentials(http, https);
    }

    public ICredentials? Credentials { get; set; }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : (destination.Scheme == Uri.UriSchemeHttp ? http : https)?.Address;

    public bool IsBypassed(Uri host) => Loopback.Includes(host.Host) || exceptions.Any(exception => Excepts(exception, host));

    private static bool Excepts(string exception, Uri destination)
    {
        string host = destination.IdnHost.Trim('[', ']');
        if (exception == "*")
        {
            return true;
        }

        if (IPNetwork.TryParse(exception, out IPNetwork network))
        {
            return IPAddress.TryParse(host, out IPAddress? address) && network.Contains(address);
        }

        int colon = exception.LastIndexOf(':');
        bool hasPort = colon > 0 && exception.IndexOf(':', StringComparison.Ordinal) == colon;
        string name = (hasPort ? exception[..colon] : exception).TrimStart('.').Trim('[', ']');
        bool isHost = host.Equals(name, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + name, StringComparison.OrdinalIgnoreCase);
        return isHost && (!hasPort || exception[(colon + 1)..] == destination.Port.ToString());
    }

    private static Proxy? Read(string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        string address = value.Contains("://", StringComparison.Ordinal) ? value : "http://" + value;
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" or "socks4" or "socks4a" or "socks5"
            ? Proxy.Of(uri)
            : throw new ImageException(ImageError.InvalidRequest, $"cannot use the proxy of {name}: it is not an address such as http://HOST:PORT");
    }

    /// <summary>A proxy's address, without the user and password that stood in it: .NET's errors show it.</summary>
    private sealed record Proxy(Uri Address, NetworkCredential? Credential)
    {
        public static Proxy Of(Uri given)
        {
            string[] parts = given.UserInfo.Split(':', 2);
            NetworkCredential? credential = given.UserInfo.Length == 0 ? null : new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
            return new Proxy(new UriBuilder(given) { UserName = "", Password = "" }.Uri, credential);
        }
    }

    private sealed class ProxyCredentials(params IEnumerable<Proxy?> proxies) : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType) => proxies.FirstOrDefault(proxy => proxy?.Address.Authority == uri.Authority)?.Credential;
    }
}
