using Hearth.Containers;
using Hearth.Worker.Docker;
using Hearth.Worker.Hosting;
using Hearth.Worker.Metrics;
using Hearth.Worker.Page;
using Hearth.Worker.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
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
    /// <exception cref="HearthException">The socket cannot be used.</exception>
    public static async Task RunAsync(WorkerOptions options, TimeProvider clock, TextWriter messages)
    {
        using ListeningSocket socket = ListeningSocket.Take(options.Socket, options.Group);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "hearthd" });
        WorkerLog.Configure(builder.Logging, options.LogFormat);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IConnectionListenerFactory, UnixTransport>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = endTimeout);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, socket));
        await using WebApplication application = builder.Build();
        using Engine engine = new(options, clock, application.Services.GetRequiredService<ILogger<Engine>>());
        engine.Containers.Reconcile();
        DockerApi.Map(application, engine);
        using StartTracing? tracing = StartTracing.TryStart(application, engine);
        StatusPage.Map(application, engine);
        MetricsRoute.Map(application, engine);
        await application.StartAsync();
        socket.Open();
        await messages.WriteLineAsync($"hearthd: serving docker's API at unix://{options.Socket}");
        await application.WaitForShutdownAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, ListeningSocket socket)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        // An archive that is copied into a container, or loaded as an image, may have any size.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.ListenUnixSocket(socket.Path, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
