using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Rendering;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth images</c> and <c>hearth image ls</c>: the images of the store.</summary>
internal sealed class ImageListing(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string?> repository = Argument.Optional("REPOSITORY[:TAG]");
    private readonly Flag<bool> all = Flag.Switch("--all", "as without it: there are no intermediate images", "-a");
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only ids", "-q");
    private readonly Flag<bool> whole = Flag.Switch("--no-trunc", "do not truncate ids");
    private readonly Flag<bool> digests = Flag.Switch("--digests", "show digests");
    private readonly Flag<string[]> filters = Flag.List("--filter", "NAME=VALUE", "dangling=true|false, label=NAME[=VALUE], reference=PATTERN,\nbefore=IMAGE, since=IMAGE, until=TIME", "-f");
    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template such as\n'{{.ID}} {{.Repository}}:{{.Tag}}'");
    private readonly ImageFlags flags = new(context, global);

    public Command Create(string name) => new Command(name, "List images")
    {
        Usage = "[FLAGS] [REPOSITORY[:TAG]]",
        Details = "SIZE is that of the uncompressed layers, as in docker.",
        Examples = [($"hearth {(name == "ls" ? "image ls" : name)} --format '{{{{.Repository}}}}:{{{{.Tag}}}} {{{{.Size}}}}'", "chosen columns")],
    }.WithFlags("Flags", all, quiet, whole, digests, filters, format).WithArguments(repository)
        .WithAction(ShowAsync);

    private async Task<int> ShowAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        List<string> damage = [];
        IReadOnlyList<ImageSummary> images = await flags.Open(line).ListAsync(damage.Add, cancellationToken);
        ImageFilter filter = CommonFlags.Parsed(() => ImageFilter.Parse(line.GetValue(filters), line.GetValue(repository), images, text => Moment.Parse(text, context.Clock)));
        bool isWhole = line.GetValue(whole);
        DateTimeOffset now = context.Clock.GetUtcNow();
        ImageRow[] rows = [.. images.Where(filter.Matches).Select(image => ImageRow.Of(image, now, isWhole))];
        if (line.GetValue(quiet))
        {
            foreach (ImageRow row in rows.DistinctBy(row => row.ID))
            {
                context.Output.WriteLine(row.ID);
            }

            return Warn(damage);
        }

        bool hasDigests = line.GetValue(digests);
        RowOutput.Write(
            context.Output,
            line.GetValue(format),
            hasDigests ? ["REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE"] : ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"],
            rows,
            row => hasDigests ? [row.Repository, row.Tag, row.Digest, row.ID, row.CreatedSince, row.Size] : [row.Repository, row.Tag, row.ID, row.CreatedSince, row.Size],
            OutputJson.Lines.ImageRow);
        return Warn(damage);
    }

    private int Warn(List<string> damage)
    {
        foreach (string image in damage)
        {
            context.Error.WriteLine($"hearth: {image}");
        }

        return damage.Count > 0 ? 1 : 0;
    }
}
