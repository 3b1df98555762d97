using System.Text.Json;

namespace Hearth.Bench;

/// <summary>Preparing a root (walk and plan, the whole process) beside find, mksquashfs and mkfs.erofs on the same tree.</summary>
internal sealed class PrepareBenchmark : IBenchmark
{
    private const int Rounds = 7;

    public string Name => "prepare";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        string tree = SampleTree.Ensure(workshop.TreeCache);
        double[] medians = Timing.MediansInTurn(Rounds, () => Plan(workshop, tree), () => Find(tree));
        double prepare = medians[0];
        yield return new Figure("Prepare 79,000 files, against find", prepare / medians[1], "times", 1.0, AtLeast: false, $"{prepare:F0} ms against find's {medians[1]:F0} ms");

        JsonElement plan = Plan(workshop, tree);
        double treeBytes = plan.GetProperty("contentBytes").GetDouble();
        double metadataBytes = plan.GetProperty("metadataBytes").GetDouble();
        yield return new Figure("Memory that stands for the tree's disk", 100 * metadataBytes / treeBytes, "%", 0.2, AtLeast: false, $"{metadataBytes / 1e6:F1} MB of metadata for {treeBytes / 1e9:F2} GB; nothing on disk");
        yield return new Figure("Files opened to prepare", CountFilesOpened(workshop, tree), "files", 0, AtLeast: false, "strace: successful opens of anything but directories below the tree");

        double known = KnownRoot.Prepare(workshop, ["--immutable", tree, "/nothing"]);
        yield return new Figure("Prepare 79,000 files that the cache knows", known, "ms", 10, AtLeast: false, "median of asking the cache and serving, with --immutable");
        string image = Path.Combine(workshop.Scratch, "packed.img");
        double squashfs = Timing.Measure(() => Shell.Run("mksquashfs", tree, image, "-comp", "zstd", "-noappend", "-no-progress", "-quiet"));
        File.Delete(image);
        yield return new Figure("Prepare, against mksquashfs -comp zstd", squashfs / prepare, "times faster", 200, AtLeast: true, $"{squashfs / 1000:F1} s against {prepare:F0} ms");

        double erofs = Timing.Measure(() => Shell.Run("mkfs.erofs", "--quiet", image, tree));
        File.Delete(image);
        yield return new Figure("Prepare, against mkfs.erofs (uncompressed)", erofs / prepare, "times faster", null, AtLeast: true, $"{erofs / 1000:F1} s against {prepare:F0} ms");

        foreach (Figure figure in MeasureRoot(workshop))
        {
            yield return figure;
        }
    }

    private static IEnumerable<Figure> MeasureRoot(Workshop workshop)
    {
        double[] medians = Timing.MediansInTurn(Rounds, () => Plan(workshop, "/"), () => Find("/"));
        JsonElement plan = Plan(workshop, "/");
        long nodes = plan.GetProperty("nodes").GetInt64();
        yield return new Figure("Prepare /, against find", medians[0] / medians[1], "times", 1.3, AtLeast: false, $"{medians[0]:F0} ms against find's {medians[1]:F0} ms; {nodes:N0} nodes");
        double peak = Shell.PeakResidentBytes(workshop.Hearth, "rootfs", "plan", "/", "--format", "json") / 1e6;
        yield return new Figure("Peak resident size while preparing /", peak, "MB", 150, AtLeast: false, $"GNU time, {nodes:N0} nodes");
    }

    private static JsonElement Plan(Workshop workshop, string tree) =>
        JsonDocument.Parse(Shell.Run(workshop.Hearth, "rootfs", "plan", tree, "--format", "json")).RootElement;

    private static void Find(string tree) => Shell.Run("sh", "-c", $"find '{tree}' -xdev -printf '%s %i %m\\n' > /dev/null");

    private static int CountFilesOpened(Workshop workshop, string tree)
    {
        string log = Path.Combine(workshop.Scratch, "opens.log");
        Shell.Run("strace", "-f", "-y", "-z", "-e", "trace=open,openat,openat2", "-o", log, workshop.Hearth, "rootfs", "plan", tree, "--format", "json");
        // With -y, the result of an open is printed with the path that it stands for: "= 5</path/of/it>".
        int opened = File.ReadLines(log).Select(line => line[(line.LastIndexOf('<') + 1)..].TrimEnd('>')).Count(path => path.StartsWith(tree, StringComparison.Ordinal) && File.Exists(path));
        File.Delete(log);
        return opened;
    }
}
