using Hearth.Worker.Hosting;
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
        routes.MapPost($"{Prefix}/session", context =>
        {
            authentication.BeginSession(context);
            return Task.CompletedTask;
        });
        routes.MapDelete($"{Prefix}/session", context =>
        {
            Authentication.EndSession(context);
            return Task.CompletedTask;
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

    private static async Task DescribeAsync(HttpContext context)
    {
        await using Stream file = typeof(HearthApi).Assembly.GetManifestResourceStream(Description)!;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = file.Length;
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
