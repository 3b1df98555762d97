using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Rendering;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth image tree</c>: the layers of an image, and who else has them.</summary>
internal sealed class ImageTreeCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> image = Argument.One("IMAGE");
    private readonly Flag<OutputFormat> format = Flag.Choice("--format", "format of the output (default tree)", ("tree", OutputFormat.Table), ("json", OutputFormat.Json));
    private readonly ImageFlags flags = new(context, global);

    public Command Create() => new Command("tree", "Show an image's layers and which images share them")
    {
        Usage = "[FLAGS] IMAGE",
        Details = "Sizes are those of the uncompressed layers. The lowest layer comes first.",
        Examples = [("hearth image tree python:3.13", "sizes, commands, and images with the same layers"), ("hearth image tree --format json python:3.13", "for programs")],
    }.WithFlags("Flags", format).WithArguments(image)
        .WithAction(Show);

    private void Show(ParsedLine line)
    {
        ImageService service = flags.OpenStore(line);
        ImageSummary found = service.Find(line.GetValue(image));
        ImageTreeView view = ImageTreeView.Of(found, service.ListLayers(found));
        if (line.GetValue(format) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, view, OutputJson.Default.ImageTreeView);
        }
        else
        {
            view.Draw(Drawing.OnOutput(context));
        }
    }
}
