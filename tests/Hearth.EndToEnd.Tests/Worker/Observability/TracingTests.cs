using System.Text.Json;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker.Observability;

/// <summary>Traces of starts, and the log of hearthd.</summary>
public sealed class TracingTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task A_start_is_a_trace_of_its_request_with_a_span_for_each_phase()
    {
        await using TraceReceiver receiver = new();
        sandbox.Set("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address);
        sandbox.Set("OTEL_BSP_SCHEDULE_DELAY", "200");
        using (Daemon daemon = new(sandbox))
        {
            daemon.Docker("pull", "-q", $"{images.Host}/base:one");
            string id = JsonDocument.Parse(Post(daemon, "/v1.47/containers/create?name=box", $$"""{"Image": "{{images.Host}}/base:one", "Cmd": ["true"]}""")).RootElement.GetProperty("Id").GetString()!;
            Post(daemon, $"/v1.47/containers/{id}/start", "");
            daemon.Docker("rm", "-f", "box");
        }

        ReceivedSpan[] spans = [.. receiver.Spans.Where(span => span.Trace == Trace)];
        ReceivedSpan start = Assert.Single(spans, span => span.Name == "start");
        Assert.Contains(spans, span => span.Name == "create");
        Assert.Contains(spans, request => request.Id == start.Parent);
        string[] phases = ["queue", "walk", "plan", "serve", "machine", "kernel", "init", "process"];
        ReceivedSpan[] beneath = [.. spans.Where(span => span.Parent == start.Id)];
        Assert.All(phases, phase => Assert.Contains(beneath, span => span.Name == phase));
        Assert.All(beneath, span => Assert.True(span.Start <= span.End && span.Start >= start.Start, span.Name));
        Assert.Equal(start.End, beneath.Max(span => span.End));
    }

    [Fact]
    public void The_log_has_one_object_a_line_with_the_trace_of_its_request()
    {
        Daemon daemon = new(sandbox, "--log-format", "json");
        daemon.Docker("pull", "-q", $"{images.Host}/base:one");
        Assert.Contains("No such container", Post(daemon, "/v1.47/containers/nothing/start", "", fails: true), StringComparison.Ordinal);
        Post(daemon, "/v1.47/containers/create?name=box", $$"""{"Image": "{{images.Host}}/base:one", "Cmd": ["nothing-here"]}""");
        Post(daemon, "/v1.47/containers/box/start", "", fails: true);
        daemon.Docker("rm", "box");
        daemon.Dispose();

        JsonElement[] lines = [.. daemon.Log.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement failed = Assert.Single(lines, line => line.GetProperty("LogLevel").GetString() == "Error");
        Assert.Contains("nothing-here", failed.GetProperty("Message").GetString(), StringComparison.Ordinal);
        Assert.Contains(failed.GetProperty("Scopes").EnumerateArray(), scope => scope.TryGetProperty("TraceId", out JsonElement trace) && trace.GetString() == Trace);
    }

    private static string Post(Daemon daemon, string path, string body, bool fails = false) => Command.Tool(
        "curl", ["-sS", .. fails ? [] : (string[])["--fail-with-body"], "--max-time", "100", "--unix-socket", daemon.Socket, "-H", "Content-Type: application/json", "-H", $"traceparent: 00-{Trace}-00f067aa0ba902b7-01", "--data", body, $"http://docker{path}"]);
}
