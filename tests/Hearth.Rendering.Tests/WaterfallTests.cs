using Hearth.Containers.Reports;
using Hearth.Linux.Processes;

namespace Hearth.Rendering.Tests;

public sealed class WaterfallTests
{
    [Fact]
    public void Phases_stand_where_they_are_in_time()
    {
        string drawn = Draw(columns: 60,
            new Phase(PhaseNames.Walk, 0, 500), new Phase(PhaseNames.Plan, 500, 250), new Phase(PhaseNames.Serve, 750, 1.25),
            new Phase(PhaseNames.FirstOutput, 990, 1010));
        Assert.Equal(
            """
            phase          start     takes  0                 2,000 ms
            walk          0.0 ms    500 ms  ██████▌
            plan          500 ms    250 ms        ███▎
            serve         750 ms    1.3 ms           ▏
            first output  990 ms  1,010 ms              █████████████▏

            """,
            drawn);
    }

    [Fact]
    public void A_narrow_terminal_gets_the_narrowest_bars_and_no_phases_get_nothing()
    {
        Assert.Contains("████████████████████\n", Draw(columns: 30, new Phase(PhaseNames.Walk, 0, 5)), StringComparison.Ordinal);
        Assert.Empty(Draw(columns: 80));
    }

    [Fact]
    public void Colours_are_for_terminals_that_want_them()
    {
        Assert.Contains("\e[", Draw(80, "", new Phase("walk", 0, 5)), StringComparison.Ordinal);
        Assert.DoesNotContain("\e[", Draw(80, "1", new Phase("walk", 0, 5)), StringComparison.Ordinal);
        Assert.DoesNotContain("\e[", Draw(null, "", new Phase("walk", 0, 5)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2_202_009, 21_796_764_876, 23, 434_772, "read 2.1 MiB of 20.3 GiB (0.01%) from 23 of 434,772 files")]
    [InlineData(100, 21_796_764_876, 1, 2, "read 100 B of 20.3 GiB (<0.01%) from 1 of 2 files")]
    [InlineData(0, 1024, 0, 1, "read 0 B of 1.0 KiB (0.00%) from 0 of 1 files")]
    [InlineData(0, 0, 0, 0, "read 0 B of 0 B (0.00%) from 0 of 0 files")]
    [InlineData(512, 1024, 1, 1, "read 512 B of 1.0 KiB (50.00%) from 1 of 1 files")]
    public void Laziness_is_one_line(long read, long all, long filesRead, long files, string line) =>
        Assert.Equal(line, Laziness.Describe(new RootfsReport
        {
            Mode = "lazy", Format = "erofs", Nodes = files, Files = files, ContentBytes = all, MetadataBytes = 1, ImageBytes = all,
            Reads = 1, BytesRead = read, FilesRead = filesRead, SourceFaults = 0,
        }));

    private static string Draw(int? columns, params Phase[] phases) => Draw(columns, "1", phases);

    private static string Draw(int? columns, string noColour, params Phase[] phases)
    {
        var error = new StringWriter();
        var context = new TestOutput
        {
            Output = TextWriter.Null,
            Error = error,
            Environment = noColour is null ? HostEnvironment.Empty : new HostEnvironment(new Dictionary<string, string> { ["NO_COLOR"] = noColour }),
            ErrorColumns = columns,
        };
        Waterfall.Draw(Drawing.OnError(context), phases);
        return error.ToString();
    }

    private sealed class TestOutput : OutputContext;
}
