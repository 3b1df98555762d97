using System.Globalization;
using System.Text.Json;
using Hearth.Bench;
using Spectre.Console;

// ./dev bench [--cycles N] [NAME…]: measures Hearth beside its peers, prints a table, writes artifacts/bench/results.json,
// and ends with 1 where a promise was not kept.
string artifacts = Environment.GetEnvironmentVariable("HEARTH_ARTIFACTS") ?? Path.GetFullPath("artifacts");
int cycles = LifeBenchmark.DefaultCycles;
if (args is [LifeBenchmark.CyclesFlag, var count, .. var names])
{
    cycles = int.Parse(count, CultureInfo.InvariantCulture);
    args = names;
}

IBenchmark[] all = [new PrepareBenchmark(), new StartBenchmark(), new ReadBenchmark(), new BlockSizeBenchmark(), new LogBenchmark(), new LifeBenchmark(cycles), new ShareBenchmark(), new NetworkBenchmark(), new NetworkPeersBenchmark(), new ImageBenchmark(), new LazyImageBenchmark(), new LazyReadBenchmark(), new WorkerBenchmark()];
string[] unknown = [.. args.Except(all.Select(benchmark => benchmark.Name))];
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"bench: there is no benchmark '{unknown[0]}'; there are: {string.Join(", ", all.Select(benchmark => benchmark.Name))}");
    return 2;
}

var workshop = new Workshop(artifacts);
var figures = new List<Figure>();
try
{
    foreach (IBenchmark benchmark in all.Where(benchmark => args.Length == 0 || args.Contains(benchmark.Name)))
    {
        foreach (Figure figure in benchmark.Measure(workshop))
        {
            figures.Add(figure);
            Console.Error.WriteLine($"    {figure.Name}: {figure.Value:G4} {figure.Unit} ({figure.Detail})");
        }
    }
}
finally
{
    Directory.Delete(workshop.Scratch, recursive: true);
}

var table = new Table().AddColumns("Figure", "Measured", "Promised", "Kept", "From");
foreach (Figure figure in figures)
{
    string promise = figure.Promise is null ? "" : $"{(figure.AtLeast ? "at least" : "at most")} {figure.Promise:G4} {figure.Unit}";
    string kept = figure.Kept switch { true => "yes", false => "[red]NO[/]", null => "" };
    table.AddRow(figure.Name.EscapeMarkup(), $"{figure.Value:G4} {figure.Unit}", promise, kept, figure.Detail.EscapeMarkup());
}

AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 160);
AnsiConsole.Write(table);
File.WriteAllText(Path.Combine(artifacts, "bench", "results.json"), JsonSerializer.Serialize(figures, new JsonSerializerOptions { WriteIndented = true }));
return figures.Any(figure => figure.Kept == false) ? 1 : 0;
