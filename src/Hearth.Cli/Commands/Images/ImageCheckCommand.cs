using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Images.Checking;
using Hearth.Rendering;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth image check</c>: reads all images, and finds what the disk has damaged.</summary>
internal sealed class ImageCheckCommand(CommandContext context, GlobalFlags global)
{
    private readonly Flag<bool> repair = Flag.Switch("--repair", "make damaged parts again, or remove them so that 'hearth pull'\nfetches them");
    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template such as\n'{{.Image}} {{.Part}}'");
    private readonly ImageFlags flags = new(context, global);

    public Command Create() => new Command("check", "Find images that the disk has damaged")
    {
        Usage = "[FLAGS]",
        Details = """
            Reads every layer of every image, and compares it with its digest. Prints what is damaged; the exit
            code is 1 if any of it is left so. What a layer decompresses to is made again from the layer. A damaged
            layer, and an image whose manifest or configuration is damaged, can only be removed. If the names of the
            images cannot be read, their file is put aside, and pulls name the images again.
            """,
        Examples = [("hearth image check", "after the disk reported errors"), ("hearth image check --repair", "and make it good")],
    }.WithFlags("Flags", repair, format)
        .WithAction(RunAsync);

    private async Task<int> RunAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        List<StoreDamage> found = [];
        (int layers, long bytes) = await flags.OpenStore(line).CheckAsync(line.GetValue(repair), found.Add, cancellationToken);
        if (found.Count > 0)
        {
            RowOutput.Write(
                context.Output, line.GetValue(format), ["IMAGE", "PART", "DIGEST", "STATE"], found.ConvertAll(DamageRow.Of),
                row => [row.Image, row.Part, row.Digest, row.State], OutputJson.Lines.DamageRow);
        }

        int left = found.Count(damage => damage.State == DamageState.Damaged);
        string end = found.Count == 0 ? "nothing is damaged"
            : left > 0 ? $"{left} damaged; 'hearth image check --repair' repairs or removes them"
            : found.Any(damage => damage.State == DamageState.Removed) ? "'hearth pull' fetches what was removed"
            : "all is repaired";
        context.Error.WriteLine($"Checked {layers} layers ({new ByteSize(bytes)}): {end}");
        return left > 0 ? 1 : 0;
    }
}
