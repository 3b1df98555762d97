using System.Text.Json;
using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>Containers that start before their image is fetched, with a registry that is slow, fails, lies or vanishes.</summary>
public sealed class LazyTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IAsyncDisposable
{
    private const int Files = 12;

    /// <summary>Adds a layer of twelve files, whose sums are in <c>sums</c>, to the base image.</summary>
    private const string MakeImage = """
        mkdir data && for i in $(seq 12); do head -c 1048576 /dev/urandom >data/$i; done
        md5sum data/* | sed 's, data, /data,' >sums
        umoci insert --image images:base --tag large data /data
        skopeo copy --quiet --dest-tls-verify=false oci:images:large docker://$HOST/large:$NAME
        rm -r data
        """;

    private const string ReadAll = "cat /data/1 /data/2 /data/3 /data/4 /data/5 /data/6 /data/7 /data/8 /data/9 /data/10 /data/11 /data/12 | busybox md5sum";

    private readonly Sandbox sandbox = new();
    private readonly FaultProxy proxy = new(images.Registry.Port);
    private readonly string tag = Guid.NewGuid().ToString("n");

    private string Image => $"{proxy.Host}/large:{tag}";

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        sandbox.Dispose();
    }

    [Fact]
    public void A_container_prints_before_its_image_is_there_and_the_registry_may_vanish_afterwards()
    {
        string sum = Publish();
        string report = sandbox.PathOf("report.json");

        CommandResult first = sandbox.Run("run", "--lazy", "always", "--background-fetch=false", "--report", report, "--rm", Image, "cat", "/etc/passwd");

        Assert.Equal((0, "app:x:1000:1000::/:/bin/sh\n"), (first.ExitCode, first.OutputText));
        Assert.Matches("\nRoot: lazy by index, 13.* MiB when read, .* before\n", first.ErrorText);
        JsonElement way = ReadImage(report);
        Assert.Equal(("lazy", 2), (way.GetProperty("way").GetString(), way.GetProperty("lazyLayers").GetInt32()));
        Assert.InRange(proxy.SentBytes, 1, 5 << 20);
        Assert.True(way.GetProperty("missingBytes").GetInt64() > (Files - 4) << 20);

        using (Command second = sandbox.StartKeeping("run", "-d", "--name", "waits", Image, "sleep", "1000"))
        {
            Assert.Equal("Root: lazy by index, layers are in the image store in parts\n", second.Wait().ErrorText);
        }

        WaitForEvent("fetch_complete");
        sandbox.Hearth("rm", "-f", "waits");
        proxy.Add(new Fault { DropAfter = 0 });

        CommandResult last = sandbox.Run("run", "--report", report, "--rm", Image, "sh", "-c", ReadAll);
        Assert.Equal((0, sum), (last.ExitCode, last.OutputText));
        Assert.Equal("cached", ReadImage(report).GetProperty("way").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(sandbox.StateDirectory, "images", "lazy")));
    }

    [Fact]
    public void Reads_wait_for_a_registry_that_fails_and_end_with_an_error_at_the_deadline()
    {
        Publish();
        sandbox.Hearth("run", "-d", "--lazy", "always", "--background-fetch=false", "--name", "waits", Image, "sleep", "1000");
        sandbox.Hearth("run", "-d", "--lazy", "always", "--background-fetch=false", "--fetch-failure", "error", "--name", "fails", Image, "sleep", "1000");
        ReadPrograms("waits");
        ReadPrograms("fails");
        proxy.Clear();
        proxy.Add(new Fault { Path = "/blobs/", Status = 503 });

        using Command reader = sandbox.Start("exec", "waits", "sh", "-c", "cat /data/11 | busybox wc -c");
        WaitForEvent("fetch_stalled");
        CommandResult failed = sandbox.Run("exec", "fails", "cat", "/data/11");
        Assert.Equal((1, true), (failed.ExitCode, failed.ErrorText.Contains("Input/output error", StringComparison.Ordinal)));
        proxy.Clear();
        Assert.Equal((0, "1048576\n"), (reader.Wait().ExitCode, reader.Wait().OutputText));
        WaitForEvent("fetch_resumed");
        sandbox.Hearth("rm", "-f", "waits", "fails");
    }

    [Fact]
    public void Wrong_bytes_of_a_registry_never_reach_the_guest()
    {
        Publish();
        sandbox.Hearth("run", "-d", "--lazy", "always", "--background-fetch=false", "--name", "app", Image, "sleep", "1000");
        ReadPrograms("app");
        proxy.Clear();
        proxy.Add(new Fault { Path = "/blobs/", CorruptAt = 1000 });

        CommandResult read = sandbox.Run("exec", "app", "cat", "/data/9");

        Assert.Equal(1, read.ExitCode);
        Assert.Contains("Input/output error", read.ErrorText, StringComparison.Ordinal);
        Assert.Contains("are not what the index says", WaitForEvent("fetch_stalled"), StringComparison.Ordinal);
        sandbox.Hearth("rm", "-f", "app");
    }

    [Fact]
    public void A_workload_that_reads_everything_is_not_held_up()
    {
        string sum = Publish();
        proxy.Latency = TimeSpan.FromMilliseconds(300);
        string report = sandbox.PathOf("report.json");

        CommandResult all = sandbox.Run("run", "--report", report, "--rm", Image, "sh", "-c", ReadAll);

        Assert.Equal((0, sum), (all.ExitCode, all.OutputText));
        Assert.True(ReadImage(report).GetProperty("isHurried").GetBoolean() || ReadImage(report).GetProperty("missingBytes").GetInt64() == 0);
    }

    [Fact]
    public void Without_an_index_a_run_fetches_everything_and_says_why()
    {
        images.Run($"NAME={tag}; {MakeImage}");

        Assert.Contains("--lazy always", sandbox.RunExpecting(125, "run", "--lazy", "always", Image, "true").ErrorText, StringComparison.Ordinal);
        string report = sandbox.PathOf("report.json");
        CommandResult run = sandbox.Run("run", "--rm", "--report", report, Image, "echo", "here");
        Assert.Equal((0, "here\n"), (run.ExitCode, run.OutputText));
        Assert.Matches("\nRoot: eager, 13.* MiB fetched: the registry has no index of it; 'hearth image index --push' makes one\n", run.ErrorText);
        Assert.Equal("eager", ReadImage(report).GetProperty("way").GetString());
        Assert.DoesNotContain("Root:", sandbox.Run("run", "--rm", Image, "true").ErrorText, StringComparison.Ordinal);
        Assert.Matches("(?m)^[0-9a-f]{12} +12.* MiB +[0-9]+ +", sandbox.Hearth("image", "index", Image));
    }

    [Fact]
    public void An_image_in_parts_is_not_pushed_and_a_pull_completes_it()
    {
        Publish();
        sandbox.Hearth("run", "--rm", "--lazy", "always", "--background-fetch=false", Image, "true");

        Assert.Contains("not all of its layer", sandbox.RunExpecting(1, "push", Image).ErrorText, StringComparison.Ordinal);
        Assert.Contains("not all of its layer", sandbox.RunExpecting(1, "save", "-o", sandbox.PathOf("saved"), Image).ErrorText, StringComparison.Ordinal);
        Assert.Contains("not all of it is in the image store", sandbox.RunExpecting(1, "image", "index", Image).ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("pull", "-q", Image);
        sandbox.Hearth("image", "index", Image);
    }

    [Fact]
    public void Never_lazy_completes_an_image_that_is_there_in_parts()
    {
        string sum = Publish();
        string report = sandbox.PathOf("report.json");
        sandbox.Hearth("run", "--rm", "--lazy", "always", "--background-fetch=false", Image, "true");
        Assert.Contains("--lazy never and --pull never were given", sandbox.RunExpecting(125, "run", "--lazy", "never", "--pull", "never", Image, "true").ErrorText, StringComparison.Ordinal);
        proxy.Clear();

        CommandResult run = sandbox.Run("run", "--lazy", "never", "--report", report, "--rm", Image, "sh", "-c", ReadAll);

        Assert.Equal((0, sum), (run.ExitCode, run.OutputText));
        Assert.Equal("eager", ReadImage(report).GetProperty("way").GetString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(sandbox.StateDirectory, "images", "lazy")));
    }

    [Fact]
    public void A_container_of_an_image_in_parts_is_committed()
    {
        Publish();
        sandbox.Hearth("run", "-d", "--name", "box", "--lazy", "always", "--background-fetch=false", Image, "sh", "-c", "echo made >/made; sleep 1000");
        Sandbox.WaitUntil(() => sandbox.Run("exec", "box", "cat", "/made").OutputText == "made\n", "the change");
        sandbox.Hearth("commit", "box", "made:1");
        sandbox.Hearth("rm", "-f", "box");

        Assert.Equal("made", sandbox.Hearth("run", "--rm", "--background-fetch=false", "made:1", "cat", "/made"));
    }

    [Fact]
    public void What_a_recorded_start_read_is_fetched_before_it_is_read()
    {
        Publish();
        string[] read = ["sh", "-c", "cat /data/9 /data/2 | busybox wc -c"];
        using Sandbox publisher = new();
        publisher.Hearth("pull", "-q", Image);
        publisher.Hearth(["run", "--record-trace", "--rm", Image, .. read]);
        string[] files = [.. publisher.Hearth("image", "trace", "--format", "{{.Path}}", Image).Split('\n').Where(path => path.StartsWith("/data", StringComparison.Ordinal)).Distinct()];
        Assert.Equal(["/data/9", "/data/2"], files);
        publisher.Hearth("image", "index", "--push", Image);
        string report = sandbox.PathOf("report.json");

        // A request takes longer than a read of the guest: without the trace, each read would wait.
        proxy.Latency = TimeSpan.FromMilliseconds(200);
        CommandResult run = sandbox.Run(["run", "--lazy", "always", "--background-fetch=false", "--report", report, "--rm", Image, .. read]);

        Assert.Equal((0, "2097152\n"), (run.ExitCode, run.OutputText));
        JsonElement image = ReadImage(report);
        Assert.InRange(image.GetProperty("waits").GetInt64(), 0, 5);

        // They come with the trace, and no part of the layer that has them.
        Assert.InRange(image.GetProperty("fetchedBytes").GetInt64(), 2 << 20, 4 << 20);
        Assert.InRange(image.GetProperty("missingBytes").GetInt64(), image.GetProperty("lazyBytes").GetInt64() - (1 << 20), image.GetProperty("lazyBytes").GetInt64());
        string pack = Assert.Single(Directory.GetFiles(Path.Combine(sandbox.StateDirectory, "images", "traces"), "*.pack"));
        Assert.Equal(publisher.Hearth("image", "trace", Image), sandbox.Hearth("image", "trace", Image));

        // The next container reads them without the registry, until the layer is there.
        proxy.Latency = TimeSpan.Zero;
        sandbox.Hearth("run", "-d", "--name", "box", Image, "sleep", "1000");
        WaitForEvent("fetch_complete");
        Assert.False(File.Exists(pack));
        sandbox.Hearth("rm", "-f", "box");
        sandbox.Hearth("image", "trace", "--rm", Image);
        Assert.Contains("--record-trace", sandbox.RunExpecting(1, "image", "trace", Image).ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_trace_is_not_used_and_reported()
    {
        Publish();
        sandbox.Hearth("run", "--lazy", "always", "--background-fetch=false", "--record-trace", "--rm", Image, "true");
        string trace = Assert.Single(Directory.GetFiles(Path.Combine(sandbox.StateDirectory, "images", "traces")));
        File.WriteAllText(trace, File.ReadAllText(trace).Replace("\"length\":", "\"length\":-", StringComparison.Ordinal));

        Assert.Equal("app:x:1000:1000::/:/bin/sh", sandbox.Hearth("run", "--lazy", "always", "--background-fetch=false", "--rm", Image, "cat", "/etc/passwd"));
        Assert.Contains("cannot read the trace", WaitForEvent("trace_failed"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_an_error_of_the_read_and_the_next_start_goes_on_with_room()
    {
        string sum = Publish();
        const string Script = """
            mkdir -p "$1" && mount -t tmpfs -o size=8m none "$1" || exit 9
            run() { "$HEARTH" run --rm --network none --lazy always --background-fetch=false "$IMAGE" sh -c "$2"; }
            run "$1" "$2" 2>"$1/../../errors" && exit 8
            mount -o remount,size=64m "$1"; run "$1" "$2"
            """;
        using Command command = sandbox.StartProgram(
            "unshare", "--mount", "env", $"HEARTH={Programs.Hearth}", $"IMAGE={Image}", "sh", "-c", Script, "sh", Path.Combine(sandbox.StateDirectory, "images"), ReadAll.Replace(" | ", " >/tmp/all && </tmp/all ", StringComparison.Ordinal));
        command.CloseInput();
        CommandResult result = command.Wait();

        Assert.Equal((0, sum), (result.ExitCode, result.OutputText));
        string errors = File.ReadAllText(sandbox.PathOf("errors"));
        Assert.Matches("cat: .*(Input/output error|I/O error)", errors);
        Assert.Contains("No space left on device", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_ends_the_fetch_of_the_rest_and_not_the_container()
    {
        string sum = Publish();
        const string Script = """
            mkdir -p "$1" && mount -t tmpfs -o size=8m none "$1" || exit 9
            "$HEARTH" run -d --name box --network none --lazy always "$IMAGE" sleep 1000 >/dev/null || exit 8
            found() { "$HEARTH" events --since 1h --until 0s --filter "event=$1" --format '{{.Actor.Attributes.reason}}'; }
            for i in $(seq 100); do found fetch_failed >"$1/../../reason"; test -s "$1/../../reason" && break; sleep 0.2; done
            "$HEARTH" inspect -f '{{.State.Status}}' box && "$HEARTH" rm -f box >/dev/null || exit 7
            mount -o remount,size=64m "$1" && "$HEARTH" run --rm --network none --lazy always "$IMAGE" sh -c "$2"
            """;
        using Command command = sandbox.StartProgram(
            "unshare", "--mount", "env", $"HEARTH={Programs.Hearth}", $"IMAGE={Image}", "sh", "-c", Script, "sh", Path.Combine(sandbox.StateDirectory, "images"), ReadAll);
        command.CloseInput();
        CommandResult result = command.Wait();

        Assert.Equal((0, $"running\n{sum}"), (result.ExitCode, result.OutputText));
        Assert.Contains("No space left on device", File.ReadAllText(sandbox.PathOf("reason")), StringComparison.Ordinal);
    }

    /// <summary>Puts a new image and its index into the registry.</summary>
    /// <returns>The sum of its data.</returns>
    private string Publish()
    {
        images.Run($"NAME={tag}; {MakeImage}");
        using Sandbox publisher = new();
        publisher.Hearth("pull", "-q", Image);
        string digest = publisher.Hearth("image", "index", "--push", Image);
        Assert.Matches("^sha256:[0-9a-f]{64}\n?$", digest);
        string sum = publisher.Hearth("run", "--rm", Image, "sh", "-c", ReadAll);
        Assert.Matches("^[0-9a-f]{32} ", sum);
        proxy.Clear();
        return sum.EndsWith('\n') ? sum : sum + "\n";
    }

    /// <summary>Fetches the programs that a test uses later, which would die by SIGBUS without their own code.</summary>
    private void ReadPrograms(string container) => sandbox.Hearth("exec", container, "sh", "-c", "cat /etc/passwd | busybox wc -c; cat /bin/busybox >/dev/null");

    private string WaitForEvent(string action)
    {
        string found = "";
        Sandbox.WaitUntil(
            () => (found = sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", $"event={action}")).Length > 0, $"the event {action}", TimeSpan.FromMinutes(2));
        return found;
    }

    private static JsonElement ReadImage(string report) =>
        JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("rootfs").GetProperty("image");
}
