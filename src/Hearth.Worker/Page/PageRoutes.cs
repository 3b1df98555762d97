using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Hearth.Worker.Page;

/// <summary>The status page: files that are part of this program. It loads nothing from elsewhere.</summary>
internal static class PageRoutes
{
    public const string Root = "/ui";

    private const string ResourcePrefix = "page/";
    private const string First = "index.html";
    private const string TerminalPage = "terminal.html";

    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>xterm.js adds style elements to its page, so styles are free there. The status page shows it in a frame.</summary>
    private const string TerminalPolicy = "script-src 'self'; connect-src 'self'; img-src 'none'; font-src 'none'; media-src 'none'; object-src 'none'; frame-src 'none'; worker-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

    private static readonly FrozenDictionary<string, string> types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".mjs"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary();

    /// <summary>The files by their names; read when they are first asked for.</summary>
    private static readonly FrozenDictionary<string, Lazy<PageFile>> files = typeof(PageRoutes).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[ResourcePrefix.Length..], name => new Lazy<PageFile>(() => PageFile.Read(name)));

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Root, context => AnswerAsync(context, First));
        routes.MapGet($"{Root}/{{file}}", context => AnswerAsync(context, Answers.Route(context, "file")));
    }

    private static async Task AnswerAsync(HttpContext context, string name)
    {
        IHeaderDictionary headers = context.Response.Headers;
        if (context.Request.Path == Root)
        {
            // The page's own links are relative to the directory.
            headers.Location = $"{Root}/";
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            return;
        }

        PageFile file = files.TryGetValue(name, out Lazy<PageFile>? found) ? found.Value : throw ApiException.NotFound($"page not found: there is no file '{name}' of the status page");
        headers.ContentSecurityPolicy = name == TerminalPage ? TerminalPolicy : Policy;
        headers.XContentTypeOptions = "nosniff";
        headers[HeaderNames.CacheControl] = "no-cache";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.ETag = file.Tag;
        if (context.Request.Headers.IfNoneMatch.Contains(file.Tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = types[Path.GetExtension(name)];
        context.Response.ContentLength = file.Bytes.Length;
        await context.Response.Body.WriteAsync(file.Bytes, context.RequestAborted);
    }

    private sealed record PageFile(byte[] Bytes, string Tag)
    {
        public static PageFile Read(string resource)
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            return new PageFile(bytes.ToArray(), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()))[..16]}\"");
        }
    }
}
