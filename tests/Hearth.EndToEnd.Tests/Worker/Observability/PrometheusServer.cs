using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker.Observability;

/// <summary>Debian's Prometheus, which scrapes one server and evaluates the alert rules that Hearth has.</summary>
internal sealed class PrometheusServer : IDisposable
{
    private readonly HttpClient client = new();
    private readonly Command process;
    private readonly string address;

    public PrometheusServer(Sandbox sandbox, string target)
    {
        string rules = Path.Combine(Programs.Repository, "packaging/observability/alerts.yaml");
        string configuration = sandbox.PathOf("prometheus.yaml");
        File.WriteAllText(configuration, $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["{{rules}}"]
            scrape_configs:
              - job_name: hearth
                authorization: {credentials_file: "{{RemoteDaemon.TokenFileOf(sandbox)}}"}
                static_configs: [{targets: ["{{target}}"]}]
            """);
        address = $"127.0.0.1:{FreePort()}";
        process = Command.Start("prometheus", [$"--config.file={configuration}", $"--storage.tsdb.path={sandbox.PathOf("prometheus")}", $"--web.listen-address={address}"]);
    }

    public void Dispose()
    {
        process.Dispose();
        client.Dispose();
    }

    /// <summary>The values of a query by their labels but for the server's; none before the server answers.</summary>
    public async Task<IReadOnlyDictionary<string, double>> QueryAsync(string query)
    {
        using JsonDocument? answer = await AskAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}");
        return answer is null ? new Dictionary<string, double>() : answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().ToDictionary(
            each => string.Join(' ', each.GetProperty("metric").EnumerateObject().Where(label => label.Name is not ("instance" or "job" or "__name__")).Select(label => $"{label.Name}={label.Value.GetString()}")),
            each => double.Parse(each.GetProperty("value")[1].GetString()!, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>The rules, each with its health: <c>ok</c> after it was evaluated.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RulesAsync()
    {
        using JsonDocument? answer = await AskAsync("/api/v1/rules");
        return answer is null ? new Dictionary<string, string>() : answer.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .ToDictionary(rule => rule.GetProperty("name").GetString()!, rule => rule.GetProperty("health").GetString()!);
    }

    /// <summary>Why the last scrape failed; empty if it did not.</summary>
    public async Task<string> ScrapeErrorAsync()
    {
        using JsonDocument? answer = await AskAsync("/api/v1/targets");
        return answer is null ? "it does not answer" : answer.RootElement.GetProperty("data").GetProperty("activeTargets")[0].GetProperty("lastError").GetString()!;
    }

    private async Task<JsonDocument?> AskAsync(string path)
    {
        try
        {
            return JsonDocument.Parse(await client.GetStringAsync(new Uri($"http://{address}{path}")));
        }
        catch (HttpRequestException)
        {
            return null; // It starts.
        }
    }

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
