using System.Text.Json;
using System.Xml.Linq;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>hearth rootfs bench</c>, on a root small enough to be read in each mode.</summary>
public sealed class BenchTests : IDisposable
{
    private static readonly string[] applets = ["sh", "du", "find", "cat", "echo"];

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    /// <summary>A minute or more on a busy machine; <c>./dev soak</c> runs it.</summary>
    [Fact(Explicit = true)]
    public void Modes_are_compared_side_by_side_and_nothing_is_left()
    {
        string plot = sandbox.PathOf("plot.svg");

        CommandResult result = sandbox.RunExpecting(
            0, "rootfs", "bench", "--rounds", "1", "--mode", "lazy-squashfs", "--mode", "squashfs-stored", "--mode", "ext4", "--format", "json", "--plot", plot, MakeTree());

        JsonElement told = JsonDocument.Parse(result.OutputText).RootElement;
        JsonElement[] modes = [.. told.GetProperty("modes").EnumerateArray()];
        Assert.Equal(["lazy-squashfs", "squashfs-stored", "ext4"], modes.Select(mode => mode.GetProperty("mode").GetString()));
        Assert.All(modes, mode =>
        {
            Assert.True(mode.GetProperty("prepareMs").GetDouble() > 0 && mode.GetProperty("prepareAgainMs").GetDouble() > 0);
            Assert.True(mode.GetProperty("firstOutputMs").GetDouble() > mode.GetProperty("prepareMs").GetDouble());

            // Without Python in the tree, that workload is left out.
            Assert.Equal(["walk the tree", "read all of it"], mode.GetProperty("workloads").EnumerateArray().Select(workload => workload.GetProperty("workload").GetString()));
        });
        long[] disk = [.. modes.Select(mode => mode.GetProperty("diskBytes").GetInt64())];
        Assert.Equal(0, disk[0]);
        Assert.True(disk[1] > 0 && disk[2] > 0);
        Assert.Contains("[bench] ext4: read all of it, round 1 of 1", result.ErrorText, StringComparison.Ordinal);
        Assert.NotEmpty(XElement.Load(plot).Elements());
        Assert.Empty(Benches());
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("KILL", 137)]
    public void A_bench_that_is_ended_leaves_nothing_for_long(string signal, int exitCode)
    {
        string tree = MakeTree();
        using (Command bench = sandbox.Start("rootfs", "bench", "--rounds", "100", "--mode", "squashfs-stored", tree))
        {
            Sandbox.WaitUntil(() => Benches().Any(directory => Directory.Exists(Path.Combine(directory, "entries"))), "a packed image");
            bench.Signal(signal);
            Assert.Equal(exitCode, bench.Wait().ExitCode);
        }

        Assert.Equal(signal == "KILL", Benches().Length > 0);
        sandbox.RunExpecting(0, "run", tree, "/bin/busybox", "true");
        Assert.Empty(Benches());
    }

    private string[] Benches()
    {
        string scratch = Path.Combine(sandbox.StateDirectory, "scratch");
        return Directory.Exists(scratch) ? Directory.GetDirectories(scratch, "*.bench") : [];
    }

    private string MakeTree()
    {
        string tree = sandbox.MakeTree("tree", ("usr/bin/.keep", ""), ("data", new string('x', 300_000)));
        Directory.CreateDirectory(Path.Combine(tree, "bin"));
        File.Copy("/bin/busybox", Path.Combine(tree, "bin/busybox"));
        foreach (string applet in applets)
        {
            File.CreateSymbolicLink(Path.Combine(tree, "bin", applet), "busybox");
        }

        File.CreateSymbolicLink(Path.Combine(tree, "usr/bin/env"), "../../bin/busybox");
        return tree;
    }
}
