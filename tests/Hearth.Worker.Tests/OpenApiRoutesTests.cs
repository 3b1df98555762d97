using System.Text.Json;
using Hearth.Hosting;
using Hearth.Worker.Api;
using Hearth.Worker.Page;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hearth.Worker.Tests;

/// <summary>openapi.json against the routes.</summary>
public sealed class OpenApiRoutesTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("hearth-worker-");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task Every_operation_of_the_api_is_described_and_no_other()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        await using WebApplication application = builder.Build();
        using Engine engine = EngineSupport.Make(root.FullName);
        HearthApi.Map(application, engine, new Authentication(token: null, TimeProvider.System));
        StatusPage.Map(application, engine);

        using Stream file = typeof(HearthApi).Assembly.GetManifestResourceStream("openapi.json")!;
        using JsonDocument description = await JsonDocument.ParseAsync(file, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(
            description.RootElement.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name} {path.Name}")).Order(StringComparer.Ordinal),
            ((IEndpointRouteBuilder)application).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
                .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith(HearthApi.Prefix, StringComparison.Ordinal))
                .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method.ToLowerInvariant()} {endpoint.RoutePattern.RawText}"))
                .Order(StringComparer.Ordinal));
    }
}
