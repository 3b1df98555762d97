using System.Xml.Linq;
using Hearth.Cli.Commands;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Keeper.Comparison;
using Hearth.Rendering;

namespace Hearth.Cli.Tests;

/// <summary>A comparison of root modes, as people see it.</summary>
public sealed class ComparisonTests
{
    private static readonly RootfsComparison comparison = new()
    {
        Source = "/srv/image",
        Rounds = 3,
        Vmm = "qemu",
        Accelerator = "tcg",
        Files = 6744,
        ContentBytes = 252_808_709,
        Modes =
        [
            Figures("lazy <erofs>", prepareMs: 8.25, diskBytes: 0),
            Figures("ext4", prepareMs: 20_000, diskBytes: 275_030_016),
            new ModeFigures { Mode = "squashfs", Error = "mksquashfs is missing" },
        ],
    };

    [Fact]
    public void The_table_has_a_line_for_each_mode_and_tells_why_one_has_no_figures()
    {
        StringWriter output = new();

        ComparisonTable.Write(output, comparison);

        string[] lines = output.ToString().Split('\n');
        Assert.StartsWith("MODE", lines[0], StringComparison.Ordinal);
        Assert.Contains("WALK", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^lazy <erofs> +8\.3 ms +1\.8 ms +2,500 ms +2\.0 MiB +none +700 ms$", lines[1]);
        Assert.Matches(@"^ext4 +20\.0 s +1\.8 ms +2,500 ms +2\.0 MiB +262\.3 MiB +700 ms$", lines[2]);
        Assert.Matches(@"^squashfs +- +- +- +- +- +-$", lines[3]);
        Assert.Contains("squashfs: mksquashfs is missing", lines);
    }

    [Fact]
    public void The_plot_is_well_formed_and_has_a_bar_for_each_figure()
    {
        XElement plot = XElement.Parse(ComparisonPlot.Draw(comparison));

        XNamespace svg = "http://www.w3.org/2000/svg";
        string[] texts = [.. plot.Elements(svg + "text").Select(text => text.Value)];
        Assert.Contains("Until the disk is ready (logarithmic)", texts);
        Assert.Equal(5, texts.Count(text => text == "lazy <erofs>"));
        Assert.DoesNotContain("squashfs", texts);

        // The background, and two modes in each of five panels.
        double[] widths = [.. plot.Elements(svg + "rect").Select(bar => (double)bar.Attribute("width")!)];
        Assert.Equal(11, widths.Length);
        Assert.True(widths[1] > 0 && widths[1] < widths[2], "the quicker one has the shorter bar");
        Assert.All(widths[1..], width => Assert.InRange(width, 0, widths[0]));
    }

    [Fact]
    public void All_modes_but_one_are_compared_unless_they_are_named()
    {
        Assert.Equal(["lazy-erofs", "lazy-squashfs", "squashfs-zstd", "squashfs-stored", "ext4"], Read().Select(mode => mode.Name));
        Assert.Equal(["ext4", "squashfs-plain"], Read("ext4", "squashfs-plain").Select(mode => mode.Name));
        Assert.Contains("squashfs-plain", Assert.Throws<UsageException>(() => Read("squashfs")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_fragments_tell_a_plain_SquashFS_from_a_stored_one()
    {
        IReadOnlyList<ComparedMode> modes = Read("squashfs-stored", "squashfs-plain");

        Assert.False(modes[0].Rootfs.NoFragments);
        Assert.Equal(modes[0].Rootfs with { NoFragments = true }, modes[1].Rootfs);
    }

    private static IReadOnlyList<ComparedMode> Read(params string[] names) => ComparedModes.Read(names, new RootfsOptions());

    private static ModeFigures Figures(string mode, double prepareMs, long diskBytes) => new()
    {
        Mode = mode,
        PrepareMs = prepareMs,
        PrepareAgainMs = 1.8,
        FirstOutputMs = 2500,
        SourceBytes = 2 << 20,
        DiskBytes = diskBytes,
        Workloads = [new WorkloadFigures("walk", 700, 650)],
    };
}
