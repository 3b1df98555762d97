using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Hearth.Hosting;

/// <summary>
/// Lets requests over TCP in that have the token, a session or a trusted certificate. Those over the Unix socket are let in by its mode.
/// </summary>
/// <remarks>
/// A session is no cookie: browsers send cookies to every port of a host, so a workload whose port is published there would get it. The
/// page keeps it in its own origin's storage, and sends it as <c>Authorization: Bearer</c>, or for a WebSocket as a subprotocol.
/// </remarks>
/// <param name="token">What programs send; null if only certificates count.</param>
/// <param name="clock">Ends sessions.</param>
public sealed class Authentication(string? token, TimeProvider clock)
{
    /// <summary>A WebSocket of a page can have no header of its own; this before the session is one of its subprotocols.</summary>
    public const string SessionProtocol = "hearth.session.";

    private const string Scheme = "Bearer ";

    private readonly byte[]? digest = token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));
    private readonly Sessions sessions = new(clock);

    /// <summary>Whether a request is let in.</summary>
    public bool Admits(HttpContext context) => !IsRemote(context) || IsPublic(context.Request) || IsTrusted(context) || SessionOf(context.Request) is { } session && sessions.Has(session);

    /// <summary>Begins a session for a page. A session does not begin another, so it ends in its time.</summary>
    /// <returns>Null if the request has neither the token nor a certificate.</returns>
    public Session? TryBegin(HttpContext context) => !IsRemote(context) || IsTrusted(context) ? sessions.Begin() : null;

    /// <summary>Ends the session of the request.</summary>
    public void End(HttpContext context)
    {
        if (SessionOf(context.Request) is { } session)
        {
            sessions.End(session);
        }
    }

    /// <summary>Whether a request came over TCP.</summary>
    public static bool IsRemote(HttpContext context) => context.Connection.LocalIpAddress is not null;

    /// <summary>Paths without data of containers: the probes of an orchestrator, and the files of the page.</summary>
    private static bool IsPublic(HttpRequest request) => HttpMethods.IsGet(request.Method)
        && (request.Path.Value is "/hearth/v1/live" or "/hearth/v1/ready" or "/" or "/ui" || request.Path.StartsWithSegments("/ui"));

    private bool IsTrusted(HttpContext context) =>
        context.Connection.ClientCertificate is not null
        || digest is not null && BearerOf(context.Request) is { } bearer && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(bearer)), digest);

    private static string? SessionOf(HttpRequest request) => BearerOf(request)
        ?? request.Headers.SecWebSocketProtocol.SelectMany(protocols => (protocols ?? "").Split(',', StringSplitOptions.TrimEntries))
            .FirstOrDefault(protocol => protocol.StartsWith(SessionProtocol, StringComparison.Ordinal))?[SessionProtocol.Length..];

    private static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { } header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
}
