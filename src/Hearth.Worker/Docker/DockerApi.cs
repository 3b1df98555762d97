using System.Text.RegularExpressions;
using Hearth.Worker.Docker.Containers;
using Hearth.Worker.Docker.Daemon;
using Hearth.Worker.Docker.Executions;
using Hearth.Worker.Docker.Images;
using Hearth.Worker.Docker.Networks;
using Hearth.Worker.Docker.Volumes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Docker;

/// <summary>
/// docker's Engine API (https://docs.docker.com/reference/api/engine/): paths with and without a version, and what all
/// answers have in common.
/// </summary>
internal static partial class DockerApi
{
    public const string Version = "1.47";

    /// <summary>docker's own smallest; what differs in versions before 1.41 is not imitated.</summary>
    public const string LeastVersion = "1.24";

    /// <summary>So often a WebSocket without data has a message, which keeps proxies from closing it.</summary>
    private static readonly TimeSpan keepAlive = TimeSpan.FromSeconds(30);

    private const int MostMinor = 47;
    private const int LeastMinor = 24;

    public static void Map(WebApplication application, Engine engine)
    {
        application.Use(next => context => AnswerAsync(context, next, engine));
        application.UseWebSockets(new WebSocketOptions { KeepAliveInterval = keepAlive });
        application.UseRouting();
        SystemRoutes.Map(application, engine);
        ContainerRoutes.Map(application, engine);
        ContainerStreams.Map(application, engine);
        ExecutionRoutes.Map(application, engine);
        Containers.ArchiveRoutes.Map(application, engine);
        RegistryAuthorization.Map(application, engine);
        Images.ArchiveRoutes.Map(application, engine);
        CommitRoute.Map(application, engine);
        ImageRoutes.Map(application, engine);
        NetworkRoutes.Map(application, engine);
        VolumeRoutes.Map(application, engine);
        application.MapFallback("{**path}", context => throw ApiException.NotFound($"page not found: there is no {context.Request.Method} {context.Request.Path}"));
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next, Engine engine)
    {
        context.Response.Headers["Api-Version"] = Version;
        context.Response.Headers["Docker-Experimental"] = "false";
        context.Response.Headers["Ostype"] = "linux";
        context.Response.Headers.Server = $"Hearth/{WorkerProgram.Version} (linux)";
        try
        {
            TakeVersion(context);
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || engine.Ending.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone, and what was written to it failed in one of many ways. Nobody reads an answer.
            context.Abort();
        }
        catch (Exception exception)
        {
            await ApiErrors.WriteAsync(context, exception, engine);
        }
    }

    /// <summary>Takes <c>/v1.NN</c> from the path.</summary>
    /// <exception cref="ApiException">It is a version that this daemon does not speak.</exception>
    private static void TakeVersion(HttpContext context)
    {
        if (VersionedPath().Match(context.Request.Path.Value ?? "") is not { Success: true } match)
        {
            return;
        }

        int major = int.Parse(match.Groups["major"].ValueSpan);
        int minor = int.Parse(match.Groups["minor"].ValueSpan);
        if (major > 1 || (major == 1 && minor > MostMinor))
        {
            throw ApiException.BadRequest($"client version {major}.{minor} is too new. Maximum supported API version is {Version}");
        }

        if (major == 0 || minor < LeastMinor)
        {
            throw ApiException.BadRequest($"client version {major}.{minor} is too old. Minimum supported API version is {LeastVersion}, please upgrade your client to a newer version");
        }

        context.Items[typeof(DockerApi)] = minor;
        context.Request.Path = match.Groups["rest"].Value;
    }

    /// <summary>The minor number of the version that the client asked for.</summary>
    public static int MinorOf(HttpContext context) => context.Items[typeof(DockerApi)] as int? ?? MostMinor;

    [GeneratedRegex(@"^/v(?<major>[0-9]{1,4})\.(?<minor>[0-9]{1,4})(?<rest>/.*)$")]
    private static partial Regex VersionedPath();
}
