using System.Text.Json;

namespace Hearth.Bench;

/// <summary>What Hearth adds to a start: against QEMU with a ready image, and what a small command reads of a large root.</summary>
internal sealed class StartBenchmark : IBenchmark
{
    private const int VersionRounds = 21;
    private const int RunRounds = 15;

    public string Name => "start";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        double version = Timing.MediansInTurn(VersionRounds, () => Shell.Run(workshop.Hearth, "--version"))[0];
        yield return new Figure("hearth --version", version, "ms", 20, AtLeast: false, $"median of {VersionRounds}, process start to end");

        string tree = NoOpTree.Make(workshop);
        var direct = DirectStart.Prepare(workshop, tree);
        double[] medians = Timing.MediansInTurn(RunRounds, () => Shell.Run(workshop.Hearth, "run", "--rm", "--state-dir", workshop.Scratch, "--run-dir", Path.Combine(workshop.Scratch, "run"), tree, NoOpTree.NoOp), direct.Run);
        yield return new Figure("run of a static no-op, over QEMU started directly", medians[0] - medians[1], "ms", 150, AtLeast: false, $"{medians[0]:F0} ms against {medians[1]:F0} ms, medians of {RunRounds} in turn");

        string report = Path.Combine(workshop.Scratch, "report.json");
        Shell.Run(workshop.Hearth, "run", "--rm", "--state-dir", workshop.Scratch, "--run-dir", Path.Combine(workshop.Scratch, "run"), "--report", report, "/", "--", "uname", "-a");
        JsonElement rootfs = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("rootfs");
        double read = rootfs.GetProperty("bytesRead").GetDouble() / 1e6;
        yield return new Figure("Read from the source by uname from /", read, "MB", 4, AtLeast: false, $"{rootfs.GetProperty("reads").GetInt64():N0} reads of {rootfs.GetProperty("filesRead").GetInt64():N0} files; an image of {rootfs.GetProperty("imageBytes").GetDouble() / 1e9:F1} GB");
    }
}
