using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Rendering;
using Hearth.Rootfs;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth rootfs build</c>: an image file that is independent of its source.</summary>
internal sealed class RootfsBuildCommand(CommandContext context)
{
    private readonly Argument<string> source = Argument.One("SOURCE");
    private readonly Flag<string?> output = Flag.Text("--output", "FILE", "the image to write; an existing one is replaced when the new one\nis complete", "-o");
    private readonly Flag<RootfsMode> mode = Flag.Choice("--mode", "format of the image (default squashfs)", ("squashfs", RootfsMode.SquashFs), ("ext4", RootfsMode.Ext4));
    private readonly Flag<OutputFormat> format = CommonFlags.Format();
    private readonly PackFlags pack = new();
    private readonly Flag<bool> noFragments = Flag.Switch("--no-fragments", "own blocks for each file of a SquashFS: larger, but reading one\nfile reads no other");
    private readonly TreeFlags tree = new();

    public Command Create() => new Command("build", "Pack a directory into a SquashFS or ext4 image")
    {
        Usage = "[FLAGS] SOURCE -o FILE",
        Details = """
            Reads all of SOURCE. 'hearth run' does not need an image: it serves the directory itself. Images are
            for other machines, and for hosts without /dev/fuse.
            """,
        Examples =
        [
            ("hearth rootfs build ./image -o image.squashfs", "compressed with zstd"),
            ("hearth rootfs build --mode ext4 --exclude var/cache ./image -o image.ext4", "not compressed, without one directory"),
        ],
    }.WithFlags("Flags", [output, mode, .. pack.All, noFragments, format, .. tree.All]).WithArguments(source)
        .WithAction(RunAsync);

    private async Task<int> RunAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string file = line.GetValue(output) ?? throw new UsageException("--output FILE is missing");
        RootfsOptions options = pack.Read(line, tree.Read(line, null)) with { NoFragments = line.GetValue(noFragments) };
        if (options.NoFragments && line.GetValue(mode) != RootfsMode.SquashFs)
        {
            throw new UsageException("--no-fragments is for SquashFS images: omit it with --mode ext4");
        }

        using StopSignals stop = new(cancellationToken);
        using ProgressLine progress = new(context, "packing");
        try
        {
            RootfsBuild build = await RootfsBuild.MakeAsync(
                new DirectoryRoot(line.GetValue(source), options),
                line.GetValue(mode),
                options,
                file,
                new PackingContext(context.Environment, new Timeline(context.Clock, context.StartTimestamp)),
                progress.Show,
                stop.Token);
            progress.Clear();
            Report(build, line.GetValue(format));
            return 0;
        }
        catch (OperationCanceledException) when (stop.Signal > 0)
        {
            return ExitCodes.SignalBase + stop.Signal;
        }
    }

    private void Report(RootfsBuild build, OutputFormat chosen)
    {
        context.Show(Diagnostic.Warnings(DiagnosticCode.RootLeftOut, build.LeftOut));

        context.Error.WriteLine(build.Summary);
        if (chosen == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, build, OutputJson.Default.RootfsBuild);
        }
    }
}
