using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Rendering;
using Hearth.Templates;

namespace Hearth.Cli.Commands.Workers;

/// <summary><c>hearth worker</c>: what concerns workers, not containers.</summary>
internal sealed class WorkerCommands(CommandContext context)
{
    private const int DefaultStarts = 50;

    private static readonly TimeSpan defaultWindow = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan answerTimeout = TimeSpan.FromSeconds(30);

    private readonly Flag<string?> old = Flag.Text("--old", "URL", "a worker with the old version: https://HOST:PORT, http://HOST:PORT\nor unix:///PATH");
    private readonly Flag<string?> @new = Flag.Text("--new", "URL", "a worker with the new version");
    private readonly Flag<TimeSpan?> window = Flag.Duration("--window", "how long to watch (default 30m)");
    private readonly Flag<double?> starts = Flag.Number("--min-starts", $"wait if the new worker had fewer starts (default {DefaultStarts})");
    private readonly Flag<string?> token = Flag.Text("--token-file", "FILE", "the workers' token");
    private readonly Flag<string?> authority = Flag.Text("--ca", "FILE", "who signed the workers' certificates (PEM; default: the host's authorities)");
    private readonly Flag<OutputFormat> format = CommonFlags.Format();

    public Command Create() => new Command("worker", "Compare workers during a roll-out") { Usage = "COMMAND" }
        .WithCommands(CreateRolloutCheck());

    private Command CreateRolloutCheck() => new Command("rollout-check", "Say whether a new version may go on: go, wait or roll back")
    {
        Usage = "[FLAGS]",
        Details = """
            Reads the metrics of two workers, waits, reads them again, and compares what happened in
            between: starts, failures, start times, errors, fallbacks and memory.

            Ends with 0 for go, 1 for wait (the new worker had too few starts), 2 for roll back, and
            125 if a worker cannot be read.
            """,
        Examples = [("hearth worker rollout-check --old https://10.0.0.4:2376 --new https://10.0.0.5:2376 --token-file token --ca ca.crt", "half an hour with the usual load")],
    }.WithFlags("Flags", old, @new, window, starts, token, authority, format)
        .WithAction((line, cancellationToken) => ContainerCommands.AttemptAsync(context, () => CheckAsync(line, cancellationToken)));

    private async Task<int> CheckAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string oldUrl = line.GetValue(old) ?? throw new UsageException("--old is missing: a worker with the old version");
        string newUrl = line.GetValue(@new) ?? throw new UsageException("--new is missing: a worker with the new version");
        int least = line.GetValue(starts) is not { } number ? DefaultStarts
            : number >= 1 && double.IsInteger(number) ? (int)number
            : throw new UsageException($"invalid argument \"{number}\" for \"--min-starts\" flag: must be a whole number from 1 on");
        TimeSpan time = line.GetValue(window) ?? defaultWindow;
        using HttpClient oldClient = Connect(line, oldUrl), newClient = Connect(line, newUrl);
        MetricSnapshot[] begin = await ReadAsync(cancellationToken);
        context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Watching for {time.TotalMinutes:0.##} minutes: {VersionOf(begin[0])} at {oldUrl}, {VersionOf(begin[1])} at {newUrl}."));
        await Task.Delay(time, context.Clock, cancellationToken);
        MetricSnapshot[] end = await ReadAsync(cancellationToken);
        RolloutComparison comparison = new(new WorkerWindow(begin[0], end[0]), new WorkerWindow(begin[1], end[1]), least);
        Show(comparison, line.GetValue(format));
        return (int)comparison.Verdict;

        Task<MetricSnapshot[]> ReadAsync(CancellationToken cancellationToken) =>
            Task.WhenAll(ReadOneAsync(oldClient, oldUrl, cancellationToken), ReadOneAsync(newClient, newUrl, cancellationToken));
    }

    private static string VersionOf(MetricSnapshot snapshot) => snapshot.LabelOf("hearth_build_info", "version") ?? "?";

    private void Show(RolloutComparison comparison, OutputFormat shown)
    {
        if (shown == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, new RolloutView(TextOf(comparison.Verdict), comparison.Checks), WorkersJson.Default.RolloutView);
            return;
        }

        TextTable.Write(context.Output, ["CHECK", "OLD", "NEW", "LIMIT", "VERDICT"],
            [.. comparison.Checks.Select(check => (IReadOnlyList<string>)[check.Name, Text(check.Old), Text(check.New), check.Limit, check.VerdictText])]);
        IEnumerable<string> reasons = comparison.Checks.Where(check => check.Verdict == comparison.Verdict && check.Verdict != RolloutVerdict.Go).Select(check => check.Name);
        context.Output.WriteLine(comparison.Verdict == RolloutVerdict.Go ? "go" : $"{TextOf(comparison.Verdict)}: {string.Join(", ", reasons)}");
    }

    private static string TextOf(RolloutVerdict verdict) => new RolloutCheck("", 0, 0, "", verdict).VerdictText;

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private HttpClient Connect(ParsedLine line, string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https" or "unix"))
        {
            throw new UsageException($"'{url}' must be https://HOST:PORT, http://HOST:PORT or unix:///PATH");
        }

        SocketsHttpHandler handler = new();
        if (address.Scheme == "unix")
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(address.AbsolutePath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        if (line.GetValue(authority) is { } file)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(file);
        }

        HttpClient client = new(handler) { BaseAddress = address.Scheme == "unix" ? new Uri("http://localhost/") : address, Timeout = answerTimeout };
        if (line.GetValue(token) is { } secret)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(secret).Trim());
        }

        return client;
    }

    private static async Task<MetricSnapshot> ReadOneAsync(HttpClient client, string url, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await client.GetAsync("metrics", cancellationToken);
            return response.IsSuccessStatusCode
                ? MetricSnapshot.Parse(await response.Content.ReadAsStringAsync(cancellationToken))
                : throw new FormatException($"it answered {(int)response.StatusCode} {response.ReasonPhrase}" + (response.StatusCode == System.Net.HttpStatusCode.Unauthorized ? "; --token-file names the worker's token" : ""));
        }
        catch (Exception exception) when (exception is HttpRequestException or FormatException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new HearthException(HearthError.HostUnsuitable, $"cannot read the metrics of the worker at {url}: {exception.Message}; check that hearthd listens there", exception);
        }
    }
}
