using System.Text.Json;
using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Tar;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary><c>hearth pull</c>: what it prints, what it fetches, and what it leaves when it fails.</summary>
public sealed class PullTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IAsyncDisposable
{
    /// <summary>The first deflate block follows; it has no type 3.</summary>
    private const int GzipHeaderBytes = 10;

    private readonly Sandbox sandbox = new();
    private readonly FaultProxy proxy = new(images.Registry.Port);

    private string Store => Path.Combine(sandbox.StateDirectory, "images");

    private string Base => $"{proxy.Host}/base:one";

    /// <summary>Requests for layers, each of which has more than a kilobyte.</summary>
    private ProxiedRequest[] LayerRequests => [.. proxy.Requests.Where(request => request.Method == "GET" && request.Path.Contains("/blobs/", StringComparison.Ordinal) && request.SentBytes > 1024)];

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        sandbox.Dispose();
    }

    [Fact]
    public void A_pull_prints_the_name_and_shows_its_layers()
    {
        CommandResult plain = sandbox.RunExpecting(0, "pull", Base);
        Assert.Equal($"{Base}\n", plain.OutputText);
        string[] lines = plain.ErrorText.Split('\n');
        Assert.Matches("^[0-9a-f]{12}: Waiting$", lines[0]);
        Assert.EndsWith(": Pull complete", lines[^4], StringComparison.Ordinal);
        Assert.Matches("^Digest: sha256:[0-9a-f]{64}$", lines[^3]);
        Assert.Equal($"Status: Downloaded newer image for {Base}", lines[^2]);

        Assert.Contains($"Status: Image is up to date for {Base}\n", sandbox.RunExpecting(0, "pull", "--progress", "plain", Base).ErrorText, StringComparison.Ordinal);
        CommandResult quiet = sandbox.RunExpecting(0, "pull", "--quiet", Base);
        Assert.Equal(($"{Base}\n", ""), (quiet.OutputText, quiet.ErrorText));
        Assert.StartsWith("Digest: ", sandbox.RunExpecting(0, "pull", "--progress", "quiet", Base).ErrorText, StringComparison.Ordinal);
        JsonElement report = JsonDocument.Parse(sandbox.RunExpecting(0, "pull", "--progress", "json", Base).ErrorText.Split('\n')[1]).RootElement;
        Assert.Equal(("Already exists", true), (report.GetProperty("Status").GetString(), report.GetProperty("Current").GetInt64() == report.GetProperty("Total").GetInt64()));
        Assert.Single(LayerRequests);
    }

    [Fact]
    public void All_tags_of_a_repository_are_pushed_and_pulled()
    {
        string copy = $"{images.Host}/copy";
        sandbox.Hearth("pull", "-q", $"{images.Host}/base:one");
        sandbox.Hearth("tag", $"{images.Host}/base:one", $"{copy}:a");
        sandbox.Hearth("tag", $"{images.Host}/base:one", $"{copy}:b");

        Assert.Equal($"{copy}:a {copy}:b", string.Join(' ', sandbox.Hearth("push", "-q", "--all-tags", copy).Split('\n').Order(StringComparer.Ordinal)));
        sandbox.Hearth("rmi", $"{copy}:a", $"{copy}:b");
        Assert.Equal($"{copy}:a {copy}:b", string.Join(' ', sandbox.Hearth("pull", "-q", "-a", copy).Split('\n').Order(StringComparer.Ordinal)));
        Assert.Equal("a b", string.Join(' ', sandbox.Hearth("images", "--format", "{{.Tag}}", copy).Split('\n').Order(StringComparer.Ordinal)));

        Assert.Contains("leave out the tag", sandbox.RunExpecting(1, "pull", "-a", $"{copy}:a").ErrorText, StringComparison.Ordinal);
        Assert.Contains("tag can't be used with --all-tags/-a", sandbox.RunExpecting(125, "push", "-a", $"{copy}:a").ErrorText, StringComparison.Ordinal);
        Assert.Contains("does not exist locally", sandbox.RunExpecting(1, "push", "-a", $"{images.Host}/nobody").ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_pull_goes_on_where_it_was()
    {
        proxy.Add(new Fault { Path = "/blobs/", Trickle = 200_000, Times = 2 });
        using (Command pull = sandbox.Start("pull", Base))
        {
            Sandbox.WaitUntil(() => IngestedBytes() > 50_000, "bytes of the layer");
            pull.Signal("KILL");
            pull.Wait();
        }

        proxy.Clear();
        sandbox.Hearth("pull", Base);

        ProxiedRequest rest = Assert.Single(LayerRequests);
        Assert.Matches("^bytes=[1-9][0-9]+-", rest.Range);
        Assert.Empty(Sandbox.FilesIn(Path.Combine(Store, "ingest")));
    }

    [Fact]
    public void Two_pulls_at_once_fetch_each_layer_once()
    {
        proxy.Add(new Fault { Path = "/blobs/", Trickle = 1_000_000 });
        using Command first = sandbox.Start("pull", Base);
        using Command second = sandbox.Start("pull", Base);

        Assert.All([first.Wait(), second.Wait()], result => Assert.Equal((0, $"{Base}\n"), (result.ExitCode, result.OutputText)));
        Assert.Single(LayerRequests);
    }

    [Fact]
    public void A_full_disk_is_reported_and_the_pull_goes_on_with_room()
    {
        const string Script = """
            mkdir -p "$1" && mount -t tmpfs -o size=1500k none "$1" || exit 9
            "$2" pull -q "$3"; echo "status $?"; find "$1/layers" -type f
            mount -o remount,size=16m "$1" && "$2" pull -q "$3"
            """;
        using Command command = sandbox.StartProgram("unshare", "--mount", "sh", "-c", Script, "sh", Store, Programs.Hearth, Base);
        command.CloseInput();
        CommandResult result = command.Wait();

        Assert.Equal((0, $"status 1\n{Base}\n"), (result.ExitCode, result.OutputText));
        Assert.Contains($"in the image store '{Store}': ", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("No space left on device", result.ErrorText, StringComparison.Ordinal);
    }

    /// <summary>Each act says what it could not store, leaves nothing half-written, and works with room.</summary>
    [Theory]
    [InlineData("load -q -i base.tar")]
    [InlineData("import files.tar imported:1")]
    [InlineData("commit box committed:1")]
    public void A_full_disk_is_reported_by_what_makes_images(string act)
    {
        const string Script = """
            mkdir -p "$1" && mount -t tmpfs -o size=16m none "$1" && cd "$1/../.." || exit 9
            skopeo copy -q --src-tls-verify=false docker://$3 docker-archive:base.tar:base:1 && head -c 3000000 /dev/urandom >noise && tar cf files.tar noise || exit 9
            "$2" run --name box --network none $3 sh -c '/bin/busybox head -c 3000000 /dev/urandom >/noise' || exit 9
            list() { find "$1" -type f -not -path '*/ingest/*' -not -path '*/leases/*' | sort; }
            before=$(list "$1"); mount -o remount,size=$(($(du -ks "$1" | cut -f1) + 300))k "$1"
            "$2" $4; echo "status $?"; [ "$(list "$1")" = "$before" ] && echo same
            mount -o remount,size=32m "$1"; "$2" $4 >/dev/null; echo "status $?"; "$2" rm box >/dev/null
            """;
        using Command command = sandbox.StartProgram("unshare", "--mount", "sh", "-c", Script, "sh", Store, Programs.Hearth, Base, act);
        command.CloseInput();
        CommandResult result = command.Wait();

        Assert.Equal("status 1\nsame\nstatus 0\n", result.OutputText);
        Assert.Contains("No space left on device", result.ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("truncated", "its gzip stream ends in the middle")]
    [InlineData("damaged", "its gzip stream is damaged")]
    [InlineData("no archive", "this is not a tar archive")]
    [InlineData("of another image", "its content has the digest")]
    [InlineData("of another type", "is not supported")]
    public void A_wrong_layer_is_refused_and_removed(string fault, string message)
    {
        byte[] archive = LayoutBuilder.Archive([(new TarEntry { Type = TarEntryType.File, Name = "file"u8.ToArray(), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default }, new string('x', 100_000))]);
        byte[] layer = LayoutBuilder.Gzip(archive);
        string type = fault == "of another type" ? "application/vnd.example.thing" : "application/vnd.oci.image.layer.v1.tar+gzip";
        byte[] stored = fault switch
        {
            "truncated" => layer[..(layer.Length / 2)],
            "damaged" => [.. layer[..GzipHeaderBytes], 0xff, .. layer[(GzipHeaderBytes + 1)..]],
            "no archive" => LayoutBuilder.Gzip(archive[100..]),
            _ => layer,
        };
        LayoutBuilder layout = new(sandbox.PathOf("layout"));
        layout.AddLayer(stored, fault == "of another image" ? [.. archive, 0] : archive, type);
        layout.Finish("wrong");
        string name = $"{images.Host}/wrong-{fault.Replace(' ', '-')}:one";
        Command.Tool("skopeo", "copy", "--quiet", "--dest-tls-verify=false", $"oci:{sandbox.PathOf("layout")}:wrong", $"docker://{name}");

        CommandResult result = sandbox.RunExpecting(1, "pull", "-q", name);

        Assert.Contains(message, result.ErrorText, StringComparison.Ordinal);
        Assert.Empty(Sandbox.FilesIn(Path.Combine(Store, "layers")));
        Assert.DoesNotContain(Sandbox.FilesIn(Path.Combine(Store, "blobs")), file => new FileInfo(file).Length == stored.Length);
        Assert.Equal(0, IngestedBytes());
        Assert.Equal("", sandbox.Hearth("images", "-q"));
    }

    private long IngestedBytes() =>
        Directory.Exists(Path.Combine(Store, "ingest")) ? Directory.EnumerateFiles(Path.Combine(Store, "ingest")).Sum(file => new FileInfo(file) is { Exists: true } info ? info.Length : 0) : 0;
}
