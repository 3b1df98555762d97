using System.Globalization;
using Hearth.Cli.Hosts;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Remote;
using Hearth.Rendering;
using Hearth.Templates;

namespace Hearth.Cli.Commands.Workers;

/// <summary><c>hearth worker</c>: what concerns workers, not containers.</summary>
internal sealed class WorkerCommands(CommandContext context, HostFlags host)
{
    private const int DefaultStarts = 50;

    private static readonly TimeSpan defaultWindow = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan answerTimeout = TimeSpan.FromSeconds(30);

    private readonly Flag<string?> old = Flag.Text("--old", "URL", "a worker with the old version: https://HOST:PORT, tcp://HOST:PORT\nor unix:///PATH");
    private readonly Flag<string?> @new = Flag.Text("--new", "URL", "a worker with the new version");
    private readonly Flag<TimeSpan?> window = Flag.Duration("--window", "how long to watch (default 30m)");
    private readonly Flag<double?> starts = Flag.Number("--min-starts", $"wait if the new worker had fewer starts (default {DefaultStarts})");
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
            125 if a worker cannot be read. --token-file, --tls-ca, --tls-cert and --tls-key are for both.
            """,
        Examples = [("hearth worker rollout-check --old https://10.0.0.4:2376 --new https://10.0.0.5:2376 --token-file token --tls-ca ca.crt", "half an hour with the usual load")],
    }.WithFlags("Flags", old, @new, window, starts, format)
        .WithAction((line, cancellationToken) => ContainerCommands.AttemptAsync(context, () => CheckAsync(line, cancellationToken)));

    private async Task<int> CheckAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string oldUrl = line.GetValue(old) ?? throw new UsageException("--old is missing: a worker with the old version");
        string newUrl = line.GetValue(@new) ?? throw new UsageException("--new is missing: a worker with the new version");
        int least = line.GetValue(starts) is not { } number ? DefaultStarts
            : number >= 1 && double.IsInteger(number) ? (int)number
            : throw new UsageException($"invalid argument \"{number}\" for \"--min-starts\" flag: must be a whole number from 1 on");
        TimeSpan time = line.GetValue(window) ?? defaultWindow;
        using WorkerConnection oldWorker = new(host.Read(line, oldUrl)), newWorker = new(host.Read(line, newUrl));
        MetricSnapshot[] begin = await ReadAsync(cancellationToken);
        context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Watching for {time.TotalMinutes:0.##} minutes: {VersionOf(begin[0])} at {oldUrl}, {VersionOf(begin[1])} at {newUrl}."));
        await Task.Delay(time, context.Clock, cancellationToken);
        MetricSnapshot[] end = await ReadAsync(cancellationToken);
        RolloutComparison comparison = new(new WorkerWindow(begin[0], end[0]), new WorkerWindow(begin[1], end[1]), least);
        Show(comparison, line.GetValue(format));
        return (int)comparison.Verdict;

        Task<MetricSnapshot[]> ReadAsync(CancellationToken cancellationToken) =>
            Task.WhenAll(ReadOneAsync(oldWorker, oldUrl, cancellationToken), ReadOneAsync(newWorker, newUrl, cancellationToken));
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

    private async Task<MetricSnapshot> ReadOneAsync(WorkerConnection worker, string url, CancellationToken cancellationToken)
    {
        try
        {
            return MetricSnapshot.Parse(await worker.ReadMetricsAsync(cancellationToken).WaitAsync(answerTimeout, context.Clock, cancellationToken));
        }
        catch (Exception exception) when (exception is FormatException or TimeoutException)
        {
            throw new HearthException(HearthError.HostUnsuitable, $"cannot read the metrics of the worker at {url}: {exception.Message}; check that hearthd listens there", exception);
        }
    }
}
