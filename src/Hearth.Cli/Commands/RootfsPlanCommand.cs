using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Cli.Rendering;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.Rootfs;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth rootfs plan</c>: what the disk of a directory would be.</summary>
internal sealed class RootfsPlanCommand(CommandContext context)
{
    private const int DefaultDepth = 2;

    /// <summary>Directories with less of the bytes are put together, so that the tree stays readable.</summary>
    private const double SmallestShownShare = 0.01;

    private readonly Argument<string> directory = new("DIRECTORY");
    private readonly Option<Choice<ImageFormat>> rootfsFormat = CommonFlags.RootfsFormat("EROFS");
    private readonly Option<double?> depth = Flag.Number("--depth", $"levels of directories to show (default {DefaultDepth})");
    private readonly Option<OutputFormat> format = CommonFlags.Format();
    private readonly TreeFlags tree = new();

    public HearthCommand Create()
    {
        HearthCommand command = new HearthCommand("plan", "Show what the virtual disk of a directory would be, and where its bytes are")
        {
            Usage = "[FLAGS] DIRECTORY",
            Examples =
            [
                ("hearth rootfs plan /", "this machine's own root"),
                ("hearth rootfs plan --format json --exclude var/cache ./image", "for programs, without a part of it"),
            ],
        }.WithFlags("Flags", [rootfsFormat, depth, format, .. tree.All]);
        command.Arguments.Add(directory);
        command.SetAction((line, cancellationToken) =>
        {
            Run(line, cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }

    private void Run(ParseResult line, CancellationToken cancellationToken)
    {
        string path = line.GetRequiredValue(directory);
        var timeline = new Timeline(context.Clock, context.StartTimestamp);
        RootfsOptions options = tree.Read(line, line.GetValue(rootfsFormat).Value);
        ImagePlan plan = RootfsPlanning.Plan(new DirectoryRoot(path, options), options, timeline, cancellationToken).Image;
        context.Show(Diagnostic.Warnings(DiagnosticCode.RootLeftOut, plan.LeftOut));

        DirectoryUsage usage = DirectoryUsage.Of(plan.Tree, (int)(line.GetValue(depth) ?? DefaultDepth), SmallestShownShare);
        PlanSummary summary = PlanSummary.Of(path, plan, usage, timeline.Phases);
        if (line.GetValue(format) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, summary, CliJson.Default.PlanSummary);
        }
        else
        {
            PlanDrawing.Draw(Drawing.OnOutput(context), summary);
        }
    }
}
