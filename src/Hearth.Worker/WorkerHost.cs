using System.Net;
using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Hosting;
using Hearth.Worker.Api;
using Hearth.Worker.Docker;
using Hearth.Worker.Metrics;
using Hearth.Worker.Page;
using Hearth.Worker.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker;

/// <summary>The web server around the API.</summary>
internal static class WorkerHost
{
    private static readonly TimeSpan endTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Serves until a signal ends the program.</summary>
    /// <exception cref="HearthException">A socket or an address cannot be used.</exception>
    public static async Task RunAsync(WorkerOptions options, TimeProvider clock, TextWriter messages)
    {
        Systemd systemd = new(options.Environment.Find);
        using TcpAccess access = new(options.Urls, options.AccessFiles);
        using ListeningSocket? socket = systemd.Sockets.Count > 0 ? null : ListeningSocket.Take(options.Socket, options.Group);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "hearthd" });
        WorkerLog.Configure(builder.Logging, options.LogFormat);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IConnectionListenerFactory, SocketTransport>();
        builder.Services.AddSingleton<IHostLifetime, SignalLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = endTimeout);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, socket, systemd, access));
        await using WebApplication application = builder.Build();
        using Engine engine = new(options, clock, application.Services.GetRequiredService<ILogger<Engine>>());
        engine.Containers.Reconcile();
        Authentication authentication = new(access.Token, clock);
        application.Use(next => context => authentication.Admits(context) ? next(context) : RefuseAsync(context));
        HearthApi.Map(application, engine, authentication);
        DockerApi.Map(application, engine);
        StatusPage.Map(application, engine);
        using StartTracing? tracing = StartTracing.TryStart(application, engine);
        MetricsRoute.Map(application, engine);
        Task watching = engine.WatchAsync();
        await StartAsync(application);
        socket?.Open();
        IHostApplicationLifetime lifetime = application.Services.GetRequiredService<IHostApplicationLifetime>();
        // Before the server waits for the requests that are under way: those that follow something end only so.
        lifetime.ApplicationStopping.Register(engine.End);
        using ServerSignals signals = new(lifetime, async cancellationToken =>
        {
            engine.Draining.Begin(options.Grace);
            Task draining = engine.Draining.WaitAsync(cancellationToken);
            await systemd.StoppingAsync(draining, clock);
            await draining;
        });
        string unix = socket is null ? "the socket that systemd has bound" : $"unix://{options.Socket}";
        IEnumerable<string> addresses = application.Urls.Where(url => !url.Contains("//unix:", StringComparison.Ordinal) && access.Endpoints.Count > 0);
        await messages.WriteLineAsync($"hearthd: serving docker's API at {string.Join(", ", [unix, .. addresses])}");
        systemd.Ready();
        EndPoint own = systemd.Sockets is [var first, ..] ? OwnPing.AddressOf(first) : new UnixDomainSocketEndPoint(options.Socket);
        _ = systemd.WatchAsync(cancellationToken => OwnPing.AnswersAsync(own, clock, cancellationToken), clock, engine.Ending);
        await application.WaitForShutdownAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"hearthd\"";
        return ApiErrors.WriteAsync(
            context, StatusCodes.Status401Unauthorized, "not authorized: send the worker's token as 'Authorization: Bearer TOKEN', or use a certificate that it trusts");
    }

    private static async Task StartAsync(WebApplication application)
    {
        try
        {
            await application.StartAsync();
        }
        catch (IOException exception)
        {
            throw new HearthException(HearthError.HostUnsuitable, $"cannot listen: {exception.Message} Choose another --listen, or end the program that has the address", exception);
        }
        catch (SocketException exception)
        {
            throw new HearthException(HearthError.HostUnsuitable, $"cannot listen: {exception.Message}; choose another --listen", exception);
        }
    }

    private static void Configure(KestrelServerOptions kestrel, ListeningSocket? socket, Systemd systemd, TcpAccess access)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        // An archive that is copied into a container, or loaded as an image, may have any size.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        foreach (ulong descriptor in systemd.Sockets)
        {
            kestrel.ListenHandle(descriptor, listen => listen.Protocols = HttpProtocols.Http1);
        }

        if (socket is not null)
        {
            kestrel.ListenUnixSocket(socket.Path, listen => listen.Protocols = HttpProtocols.Http1);
        }

        foreach ((IPEndPoint address, bool isSecure) in access.Endpoints)
        {
            kestrel.Listen(address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (isSecure)
                {
                    listen.UseHttps(access.Configure);
                }
            });
        }
    }

    /// <summary>The host ends by <see cref="ServerSignals"/> alone.</summary>
    private sealed class SignalLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
