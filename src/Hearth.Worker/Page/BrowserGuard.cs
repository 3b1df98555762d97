using System.Net;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Page;

/// <summary>
/// Keeps pages of other origins from this server when a browser of the operator's can reach it. Programs such as docker's client send
/// none of the headers that name an origin; browsers always send them with requests that change something, and with WebSockets.
/// </summary>
/// <param name="names">The names by which browsers may address this server, besides localhost and addresses.</param>
internal sealed class BrowserGuard(IEnumerable<string> names)
{
    private const string LocalName = "localhost";

    private readonly HashSet<string> names = new(names, StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ApiException">The request may come from a page of another origin.</exception>
    public void Check(HttpContext context)
    {
        // Browsers do not reach Unix sockets, whose clients send any host.
        if (context.Connection.LocalIpAddress is null)
        {
            return;
        }

        // Somebody else's name that resolves to this server makes it the origin of his page. An address belongs to nobody else, and
        // with TLS the browser has found the name in the server's certificate.
        string host = context.Request.Host.Host;
        if (!context.Request.IsHttps && !IPAddress.TryParse(host.Trim('[', ']'), out _) && !host.Equals(LocalName, StringComparison.OrdinalIgnoreCase) && !names.Contains(host))
        {
            throw Refused($"cannot answer requests to '{host}': hearthd does not know that name; use an address, or start hearthd with --host-name {host}");
        }

        if (context.Request.Headers.Origin is [{ } origin] && !IsOwn(origin, context.Request))
        {
            throw Refused($"cannot answer requests of pages of '{origin}': only pages of this server may send requests");
        }

        if (context.Request.Headers["Sec-Fetch-Site"] is [{ } site] && site is not ("same-origin" or "none") && !IsNavigation(context.Request))
        {
            throw Refused("cannot answer requests of other pages: only pages of this server may send requests");
        }
    }

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? own) && own.Scheme is "http" or "https" && own.Authority.Equals(WithoutDefaultPort(request, own), StringComparison.OrdinalIgnoreCase);

    private static string WithoutDefaultPort(HttpRequest request, Uri origin) =>
        origin.IsDefaultPort && request.Host.Port == origin.Port ? request.Host.Host : request.Host.Value ?? "";

    /// <summary>A link of another page to the status page, which sends nothing that it could read.</summary>
    private static bool IsNavigation(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Path.StartsWithSegments(PageRoutes.Root) && request.Headers["Sec-Fetch-Dest"] is ["document"];

    private static ApiException Refused(string message) => new(StatusCodes.Status403Forbidden, message);
}
