using System.Collections.Concurrent;
using System.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Records.Starts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Hearth.Worker.Telemetry;

/// <summary>
/// Sends traces of requests and starts to an OpenTelemetry collector. A start's spans follow from its report: one for the start, and
/// one beneath it for each phase. They belong to the trace of the request that started the container; a start by another program has
/// a trace of its own.
/// </summary>
internal sealed class StartTracing : IDisposable
{
    /// <summary>OpenTelemetry's own variable: the collector's address. Without it, there are no traces.</summary>
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string GrpcProtocol = "grpc";
    private const string SourceName = "Hearth";
    private const string RequestSource = "Microsoft.AspNetCore";
    private const string ContainerTag = "hearth.container.id";

    private readonly ActivitySource source = new(SourceName, WorkerProgram.Version);
    private readonly TracerProvider provider;

    /// <summary>The requests whose starts are not recorded yet, by the container's name or id as the client wrote it.</summary>
    private readonly ConcurrentDictionary<string, ActivityContext> requests = new();

    private StartTracing(Uri endpoint, OtlpExportProtocol protocol)
    {
        provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(SourceName, RequestSource)
            .ConfigureResource(resource => resource.AddService("hearthd", serviceVersion: WorkerProgram.Version))
            .AddOtlpExporter(exporter =>
            {
                exporter.Protocol = protocol;
                exporter.Endpoint = endpoint;
            })
            .Build();
    }

    /// <returns>Null if no collector is named.</returns>
    public static StartTracing? TryStart(WebApplication application, Engine engine)
    {
        if (engine.Options.Environment.Find(EndpointVariable) is not { Length: > 0 } text)
        {
            return null;
        }

        OtlpExportProtocol protocol = engine.Options.Environment.Find(ProtocolVariable) == GrpcProtocol ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        Uri endpoint = new(protocol == OtlpExportProtocol.Grpc ? text : $"{text.TrimEnd('/')}/v1/traces");
        StartTracing tracing = new(endpoint, protocol);
        application.Use(next => context => tracing.AnswerAsync(context, next, engine));
        engine.Starts.Recorded += tracing.Record;
        return tracing;
    }

    /// <summary>Sends what is left.</summary>
    public void Dispose()
    {
        provider.Dispose();
        source.Dispose();
    }

    private async Task AnswerAsync(HttpContext context, RequestDelegate next, Engine engine)
    {
        string? pattern = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        if (pattern == "/containers/create")
        {
            using Activity? creation = source.StartActivity("create");
            await next(context);
            return;
        }

        if (pattern is "/containers/{id}/start" or "/containers/{id}/restart" && Activity.Current is { } request)
        {
            requests[engine.Resolve((string)context.Request.RouteValues["id"]!).Id] = request.Context;
        }

        await next(context);
    }

    private void Record(StartRecord start, bool isNew)
    {
        bool hasStarted = start.Report.Phases.Any(phase => phase.Name == PhaseNames.Process);
        if (!isNew || (start.Stage == StartStage.Ended && hasStarted))
        {
            return;
        }

        requests.TryRemove(start.Id, out ActivityContext parent);
        using Activity? whole = source.StartActivity("start", ActivityKind.Internal, parent, Tags(start), startTime: start.RequestedAt);
        if (whole is null)
        {
            return;
        }

        double endMs = start.Report.Phases.Where(phase => phase.Name != PhaseNames.Exit).Select(phase => phase.EndMs).DefaultIfEmpty(0).Max();
        whole.SetEndTime(At(start, endMs));
        if (start.Report.Error is { } error)
        {
            whole.SetStatus(ActivityStatusCode.Error, error);
        }

        // A start that did not wait has no phase for it.
        IEnumerable<Phase> phases = start.Report.Phases.Any(phase => phase.Name == PhaseNames.Queue) ? start.Report.Phases : start.Report.Phases.Prepend(new Phase(PhaseNames.Queue, 0, 0));
        foreach (Phase phase in phases)
        {
            using Activity? part = source.StartActivity(phase.Name, ActivityKind.Internal, whole.Context, startTime: At(start, phase.StartMs));
            part?.SetEndTime(At(start, phase.EndMs));
        }
    }

    private static DateTime At(StartRecord start, double milliseconds) => (start.RequestedAt + TimeSpan.FromMilliseconds(milliseconds)).UtcDateTime;

    private static IEnumerable<KeyValuePair<string, object?>> Tags(StartRecord start) =>
    [
        new(ContainerTag, start.Id),
        new("hearth.container.name", start.Name),
        new("hearth.image", start.Image),
        new("hearth.vmm", start.Report.Vmm),
        new("hearth.accelerator", start.Report.Accelerator),
        new("hearth.root.mode", start.Report.Rootfs?.Mode),
        new("hearth.root.bytes_read", start.Report.Rootfs?.BytesRead),
        new("hearth.root.bytes", start.Report.Rootfs?.ContentBytes),
    ];
}
