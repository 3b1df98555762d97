using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Hosting;

/// <summary>
/// Lets requests over TCP in that have the token or a trusted certificate. Those over the Unix socket are let in by its mode.
/// </summary>
internal sealed class Authentication(string? token)
{
    private const string Scheme = "Bearer ";
    private const string Cookie = "hearth-session";

    private readonly byte[]? digest = token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>A page cannot send a header with everything that it loads, so it gets the token's place as a cookie.</summary>
    private readonly string? session = token is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"hearth-session:{token}")));

    public async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsRemote(context) || IsPublic(context.Request) || IsAllowed(context))
        {
            await next(context);
            return;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"hearthd\"";
        await ApiErrors.WriteAsync(
            context, StatusCodes.Status401Unauthorized, "not authorized: send the worker's token as 'Authorization: Bearer TOKEN', or use a certificate that it trusts");
    }

    /// <summary>Gives a browser that has the token a cookie for the page.</summary>
    public void BeginSession(HttpContext context)
    {
        if (session is not null)
        {
            context.Response.Cookies.Append(Cookie, session, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/" });
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public static void EndSession(HttpContext context)
    {
        context.Response.Cookies.Delete(Cookie, new CookieOptions { Path = "/" });
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Whether a request came over TCP.</summary>
    public static bool IsRemote(HttpContext context) => context.Connection.LocalIpAddress is not null;

    /// <summary>Paths without data of containers: the probes of an orchestrator, and the files of the page.</summary>
    private static bool IsPublic(HttpRequest request) => HttpMethods.IsGet(request.Method)
        && (request.Path.Value is "/hearth/v1/live" or "/hearth/v1/ready" or "/" or "/ui" || request.Path.StartsWithSegments("/ui"));

    private bool IsAllowed(HttpContext context) =>
        context.Connection.ClientCertificate is not null
        || digest is not null && context.Request.Headers.Authorization.ToString() is { } header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim())), digest)
        || session is not null && context.Request.Cookies.TryGetValue(Cookie, out string? cookie)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(cookie), Encoding.UTF8.GetBytes(session));
}
