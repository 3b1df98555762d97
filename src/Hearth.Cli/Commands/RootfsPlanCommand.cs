using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.Rendering;
using Hearth.Rootfs;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth rootfs plan</c>: the plan of a directory's disk.</summary>
internal sealed class RootfsPlanCommand(CommandContext context)
{
    private const int DefaultDepth = 2;

    /// <summary>Directories with a smaller share of the bytes are merged, so that the tree stays readable.</summary>
    private const double SmallestShownShare = 0.01;

    private readonly Argument<string> directory = Argument.One("DIRECTORY");
    private readonly Flag<ImageFormat?> rootfsFormat = CommonFlags.RootfsFormat("EROFS");
    private readonly Flag<double?> depth = Flag.Number("--depth", $"levels of directories to show (default {DefaultDepth})");
    private readonly Flag<OutputFormat> format = CommonFlags.Format();
    private readonly TreeFlags tree = new();

    public Command Create() => new Command("plan", "Show the virtual disk of a directory without serving it")
    {
        Usage = "[FLAGS] DIRECTORY",
        Examples =
        [
            ("hearth rootfs plan /", "this machine's own root"),
            ("hearth rootfs plan --format json --exclude var/cache ./image", "for programs, without one directory"),
        ],
    }.WithFlags("Flags", [rootfsFormat, depth, format, .. tree.All]).WithArguments(directory)
        .WithAction((line, cancellationToken) =>
        {
            Run(line, cancellationToken);
            return Task.FromResult(0);
        });

    private void Run(ParsedLine line, CancellationToken cancellationToken)
    {
        string path = line.GetValue(directory);
        var timeline = new Timeline(context.Clock, context.StartTimestamp);
        RootfsOptions options = tree.Read(line, line.GetValue(rootfsFormat));
        ImagePlan plan = RootfsPlanning.Plan(new DirectoryRoot(path, options), options, timeline, cancellationToken).Image;
        context.Show(Diagnostic.Warnings(DiagnosticCode.RootLeftOut, plan.LeftOut));

        DirectoryUsage usage = DirectoryUsage.Of(plan.Tree, (int)(line.GetValue(depth) ?? DefaultDepth), SmallestShownShare);
        PlanSummary summary = PlanSummary.Of(path, plan, usage, timeline.Phases);
        if (line.GetValue(format) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, summary, OutputJson.Default.PlanSummary);
        }
        else
        {
            PlanDrawing.Draw(Drawing.OnOutput(context), summary);
        }
    }
}
