using Hearth.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Api;

/// <summary>What docker's API has no word for, under <c>/hearth/v1</c>. <c>openapi.json</c> describes it.</summary>
internal static class HearthApi
{
    public const string Prefix = "/hearth/v1";

    private const string Description = "openapi.json";

    public static void Map(WebApplication routes, Engine engine, Authentication authentication)
    {
        routes.MapGet($"{Prefix}/openapi.json", DescribeAsync);
        routes.MapPost($"{Prefix}/session", context => BeginSessionAsync(context, authentication));
        routes.MapDelete($"{Prefix}/session", context =>
        {
            authentication.End(context);
            return Answers.NoContentAsync(context);
        });
        ContainerRecordRoutes.Map(routes, engine);
        KeeperRoutes.Map(routes, engine);
        StoreRoutes.Map(routes, engine);
        ImageStoreRoutes.Map(routes, engine);
        StartRoutes.Map(routes, engine);
        PolicyRoutes.Map(routes, engine);
        LazyImageRoutes.Map(routes, engine);
        WorkerRoutes.Map(routes, engine);
    }

    private static Task BeginSessionAsync(HttpContext context, Authentication authentication)
    {
        Session session = authentication.TryBegin(context)
            ?? throw new ApiException(StatusCodes.Status403Forbidden, "cannot begin a session by a session: send the worker's token, or use a certificate that it trusts");
        context.Response.Headers.CacheControl = "no-store";
        return Answers.JsonAsync(context, new SessionAnswer(session.Secret, session.ExpiresAt), HearthJson.Default.SessionAnswer, StatusCodes.Status201Created);
    }

    private static async Task DescribeAsync(HttpContext context)
    {
        await using Stream file = typeof(HearthApi).Assembly.GetManifestResourceStream(Description)!;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = file.Length;
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}

/// <param name="Session">What a page sends in the token's place.</param>
/// <param name="ExpiresAt">After it, the page needs the token again.</param>
internal sealed record SessionAnswer(string Session, DateTimeOffset ExpiresAt);
