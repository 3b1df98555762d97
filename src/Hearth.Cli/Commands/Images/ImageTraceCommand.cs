using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Images.Traces;
using Hearth.Rendering;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth image trace</c>: shows or removes what a start of an image was recorded to read.</summary>
internal sealed class ImageTraceCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> image = Argument.One("IMAGE");
    private readonly Flag<bool> remove = Flag.Switch("--rm", "remove the trace");
    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template such as\n'{{.Path}} {{.Ranges}}'");
    private readonly ImageFlags flags = new(context, global);

    public Command Create() => new Command("trace", "Show or remove what a start of an image reads")
    {
        Usage = "[FLAGS] IMAGE",
        Details = """
            'hearth run --record-trace' records a trace. Later starts of the image fetch what it names before
            the rest, if the image's layers are not there. 'hearth image index --push' publishes it.
            """,
        Examples =
        [
            ("hearth image trace app", "files in the order in which they were read"),
            ("hearth image trace --rm app", "before the image changes much"),
        ],
    }.WithFlags("Flags", remove, format).WithArguments(image)
        .WithAction(RunAsync);

    private async Task<int> RunAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        IImages images = flags.Open(line);
        string text = line.GetValue(image);
        if (line.GetValue(remove))
        {
            await images.RemoveTraceAsync(text, cancellationToken);
            return 0;
        }

        ImageTrace trace = await images.ReadTraceAsync(text, cancellationToken);
        RowOutput.Write(
            context.Output, line.GetValue(format), ["ORDER", "PATH", "BYTES", "RANGES"], [.. TraceRow.Of(trace)],
            row => [row.Order, row.Path, row.Bytes, row.Ranges], OutputJson.Lines.TraceRow);
        return 0;
    }
}
