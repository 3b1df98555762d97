using Hearth.Containers.Reports;
using Hearth.Records.Tests.Support;

namespace Hearth.Containers.Tests;

public sealed class RunReportTests : IDisposable
{
    /// <summary>What scripts read: any change breaks them, which is the point.</summary>
    private const string Golden = """
        {
          "vmm": "qemu",
          "vmmReason": "Firecracker is not there",
          "accelerator": "tcg",
          "confinement": {
            "userId": 900001,
            "groupId": 900001,
            "means": [
              "an empty root"
            ]
          },
          "exitCode": 3,
          "error": null,
          "rootfs": {
            "mode": "lazy",
            "fallbacks": [
              {
                "mode": "squashfs",
                "reason": "mksquashfs is missing"
              }
            ],
            "format": "erofs",
            "cache": "hit",
            "nodes": 434772,
            "files": 380000,
            "contentBytes": 21796764876,
            "metadataBytes": 41943040,
            "imageBytes": 22000001024,
            "diskBytes": 4096,
            "reads": 747,
            "bytesRead": 2202009,
            "filesRead": 23,
            "sourceFaults": 1,
            "readTimes": null,
            "image": {
              "name": "app:1",
              "way": "lazy",
              "lazyLayers": 2,
              "lazyBytes": 5000,
              "missingBytes": 4000,
              "fetchedBytes": 1000,
              "fetches": 3,
              "fetchesMs": 2.5,
              "fetchTimes": null,
              "failedFetches": 1,
              "waits": 7,
              "waitedMs": 1.5,
              "isHurried": false
            }
          },
          "network": null,
          "phases": [
            {
              "name": "first output",
              "startMs": 1300,
              "durationMs": 1234.567
            }
          ]
        }

        """;

    private readonly Workplace place = new();

    private static RunReport Report => new()
    {
        Vmm = "qemu",
        VmmReason = "Firecracker is not there",
        Accelerator = "tcg",
        Confinement = new ConfinementReport(900_001, 900_001, ["an empty root"]),
        ExitCode = 3,
        Rootfs = new RootfsReport
        {
            Mode = "lazy", Fallbacks = [new ModeFallback("squashfs", "mksquashfs is missing")], Format = "erofs", Cache = CacheUse.Hit, DiskBytes = 4096, Nodes = 434_772, Files = 380_000, ContentBytes = 21_796_764_876, MetadataBytes = 41_943_040,
            ImageBytes = 22_000_001_024, Reads = 747, BytesRead = 2_202_009, FilesRead = 23, SourceFaults = 1,
            Image = new ImageReport { Name = "app:1", Way = ImageWay.Lazy, LazyLayers = 2, LazyBytes = 5000, MissingBytes = 4000, FetchedBytes = 1000, Fetches = 3, FetchesMs = 2.5, FailedFetches = 1, Waits = 7, WaitedMs = 1.5 },
        },
        Phases = [new Phase(PhaseNames.FirstOutput, 1300, 1234.567)],
    };

    [Fact]
    public void The_report_of_a_run_has_these_members()
    {
        string path = place.At("report.json");
        Report.WriteTo(path);
        Assert.Equal(Golden, File.ReadAllText(path));
    }

    [Fact]
    public void The_report_of_a_run_that_failed_early_has_the_same_members_empty()
    {
        string path = place.At("report.json");
        new RunReport { ExitCode = 125, Error = "no \u201croot\u201d <here>", Phases = [] }.WriteTo(path);
        Assert.Equal(
            """
            {
              "vmm": null,
              "vmmReason": null,
              "accelerator": null,
              "confinement": null,
              "exitCode": 125,
              "error": "no \u201Croot\u201D \u003Chere\u003E",
              "rootfs": null,
              "network": null,
              "phases": []
            }

            """,
            File.ReadAllText(path));
    }

    [Fact]
    public void A_report_replaces_an_older_one_and_leaves_nothing_beside_it()
    {
        string path = place.Write("report.json", new string('x', 10_000));
        Report.WriteTo(path);
        Assert.Equal(Golden, File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_report_goes_through_a_link_and_does_not_replace_it()
    {
        string path = place.Write("target", "old");
        File.CreateSymbolicLink(place.At("link"), "target");
        Report.WriteTo(place.At("link"));
        Assert.Equal(Golden, File.ReadAllText(path));
        Assert.NotNull(new FileInfo(place.At("link")).LinkTarget);
    }

    [Fact]
    public void A_report_is_written_into_a_device_and_does_not_replace_it()
    {
        string device = place.At("null");
        Command.Run("mknod", [device, "c", "1", "3"]);
        Report.WriteTo(device);
        Assert.Equal("character special file\n", Command.Try("stat", ["-c", "%F", device]).Text);
    }

    [Fact]
    public async Task A_report_is_written_into_a_named_pipe()
    {
        string pipe = place.At("pipe");
        Command.Run("mkfifo", [pipe]);
        Task<string> reading = Task.Run(() => File.ReadAllText(pipe));
        await Task.Run(() => Report.WriteTo(pipe)).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Golden, await reading.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData("missing/report.json")]
    [InlineData("directory")]
    [InlineData("file/report.json")]
    public void A_report_that_cannot_be_written_is_an_error_with_its_path(string name)
    {
        place.MakeDirectory("directory");
        place.Write("file", "");
        HearthException failure = Assert.Throws<HearthException>(() => Report.WriteTo(place.At(name)));
        Assert.Equal(HearthError.StorageFailed, failure.Error);
        Assert.Contains($"cannot write the report '{place.At(name)}'", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => place.Dispose();
}
