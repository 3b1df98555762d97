using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Images.Indexes;
using Hearth.Rendering;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth image index</c>: shows the indexes of an image's layers, or puts them beside the image in its registry.</summary>
internal sealed class ImageIndexCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> image = Argument.One("IMAGE");
    private readonly Flag<bool> push = Flag.Switch("--push", "put the indexes beside the image in the registry of its name");
    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template such as\n'{{.Layer}} {{.Spans}}'");
    private readonly ImageFlags flags = new(context, global);

    public Command Create() => new Command("index", "Show or publish the indexes of an image's layers")
    {
        Usage = "[FLAGS] IMAGE",
        Details = $"""
            With the indexes of its layers beside it, an image starts before it is fetched. The image's manifest
            and layers stay as they are. A pull makes the indexes. Layers of less than {ImageIndexes.LeastLayerBytes >> 20} MiB need none, and
            layers that are compressed as a whole cannot have one.
            """,
        Examples =
        [
            ("hearth image index app", "size and parts of each"),
            ("hearth image index --push registry.example.com/team/app:1.2", "for all hosts that run it"),
        ],
    }.WithFlags("Flags", push, format).WithArguments(image)
        .WithAction(RunAsync);

    private async Task<int> RunAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        IImages images = flags.Open(line);
        string text = line.GetValue(image);
        if (line.GetValue(push))
        {
            await context.Output.WriteLineAsync((await images.PushIndexAsync(text, cancellationToken)).Digest);
            return 0;
        }

        IndexRow[] rows = [.. (await images.ListIndexesAsync(text, cancellationToken)).Select(IndexRow.Of)];
        RowOutput.Write(
            context.Output, line.GetValue(format), ["LAYER", "SIZE", "SPANS", "INDEX", "RATIO"], rows,
            row => [row.Layer, row.Size, row.Spans, row.Index, row.Ratio], OutputJson.Lines.IndexRow);
        return 0;
    }
}
