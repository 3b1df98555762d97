using Hearth.Distribution.Tests.Support;

namespace Hearth.Bench;

/// <summary>
/// Images of a registry on loopback: a whole pull beside skopeo with umoci, and beside podman; the index's size; the start of
/// an image that the store knows. The image has Python with numpy, git and Perl: some 500 MB from Debian's packages.
/// </summary>
internal sealed class ImageBenchmark : IBenchmark
{
    private const int Rounds = 3;

    public string Name => "images";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        string layout = DebianImage.Python.Make(workshop);
        string place = Path.Combine(workshop.Scratch, "registry");
        Directory.CreateDirectory(place);
        using DebianRegistry registry = new(place);
        string image = $"{registry.Host}/python:1";
        Shell.Run("skopeo", "copy", "--dest-tls-verify=false", $"oci:{layout}:python", $"docker://{image}");

        double[] medians = Timing.MediansInTurn(Rounds, () => Pull(workshop, image), () => CopyAndUnpack(workshop, image), () => PullByPodman(workshop, image));
        yield return new Figure("Pull, against skopeo copy and umoci unpack", medians[1] / medians[0], "times faster", 2, AtLeast: true, $"{medians[0] / 1000:F1} s against {medians[1] / 1000:F1} s");
        yield return new Figure("Pull, against podman pull", medians[2] / medians[0], "times faster", 1, AtLeast: true, $"{medians[0] / 1000:F1} s against {medians[2] / 1000:F1} s");

        Directory.Delete(Path.Combine(workshop.Scratch, "images"), recursive: true);
        double peak = Shell.PeakResidentBytes(workshop.Hearth, "pull", "--state-dir", workshop.Scratch, "--quiet", image) / 1e6;
        yield return new Figure("Peak resident size of a pull", peak, "MB", 150, AtLeast: false, "GNU time");

        long blobs = BytesOf(workshop, "images/blobs", "*");
        long indexes = BytesOf(workshop, "images/layers", "index");
        long windows = BytesOf(workshop, "images/layers", "windows");
        yield return new Figure("Index with its windows, of the layer", 100.0 * (indexes + windows) / blobs, "%", 1.5, AtLeast: false, $"{indexes / 1e6:F1} and {windows / 1e6:F1} MB for {blobs / 1e6:F0} MB");
        double known = KnownRoot.Prepare(workshop, ["--network", "none", image, "/nothing"]);
        yield return new Figure("Prepare an image that the store knows", known, "ms", 10, AtLeast: false, "median of asking the cache and serving");
    }

    private static long BytesOf(Workshop workshop, string directory, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(workshop.Scratch, directory), pattern, SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    private static void Pull(Workshop workshop, string image) => Shell.Run("sh", "-c", $"rm -rf '{workshop.Scratch}/images' && '{workshop.Hearth}' pull --state-dir '{workshop.Scratch}' --quiet '{image}'");

    private static void CopyAndUnpack(Workshop workshop, string image) => Shell.Run("sh", "-c", $"""
        cd '{workshop.Scratch}' && rm -rf copy bundle && skopeo copy -q --src-tls-verify=false 'docker://{image}' oci:copy:python && umoci unpack --image copy:python bundle
        """);

    /// <summary>Its store is emptied within the time, as ours is.</summary>
    private static void PullByPodman(Workshop workshop, string image) => Shell.Run("sh", "-c", $"""
        cd '{workshop.Scratch}' && podman='podman --root {workshop.Scratch}/podman --runroot {workshop.Scratch}/podman-run --storage-driver overlay'
        $podman rmi -a -f >/dev/null 2>&1; $podman pull -q --tls-verify=false '{image}'; status=$?; umount podman/overlay; exit $status
        """);
}
