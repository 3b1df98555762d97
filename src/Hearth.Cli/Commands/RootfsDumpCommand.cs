using System.Globalization;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Rendering;
using Hearth.Rootfs;
using Hearth.Templates;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth rootfs dump</c>: every byte of an image accounted for.</summary>
internal sealed class RootfsDumpCommand(CommandContext context)
{
    private readonly Argument<string> image = Argument.One("FILE");
    private readonly Flag<OutputFormat> format = CommonFlags.Format();

    public Command Create() => new Command("dump", "Account for every byte of an image")
    {
        Usage = "[FLAGS] FILE",
        Details = """
            FILE is a SquashFS image, with metadata stored or compressed with gzip, zstd or lz4, or an
            uncompressed EROFS image, such as those of 'hearth rootfs serve'. Lists the fields of the
            superblock, then the purpose and the file of each range of bytes.
            """,
        Examples = [("hearth rootfs dump /mnt/disk/rootfs.img | less", "an image that is served")],
    }.WithFlags("Flags", format).WithArguments(image)
        .WithAction((line, cancellationToken) =>
        {
            Run(line, cancellationToken);
            return Task.FromResult(0);
        });

    private void Run(ParsedLine line, CancellationToken cancellationToken)
    {
        string path = line.GetValue(image);
        DumpSummary dump = DumpSummary.Of(path, ImageReading.Dump(path, cancellationToken));
        if (line.GetValue(format) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, dump, OutputJson.Default.DumpSummary);
            return;
        }

        // Half a million lines, for a machine's root: one flush at the end instead of one a line.
        var text = new StringWriter(CultureInfo.InvariantCulture);
        WriteText(text, dump);
        context.Output.Write(text.ToString());
    }

    private static void WriteText(StringWriter text, DumpSummary dump)
    {
        TextTable.Write(text, ["FIELD", "VALUE"], [.. dump.Superblock.Select(field => (IReadOnlyList<string>)[field.Name, field.Value])]);
        text.WriteLine();
        TextTable.Write(text, ["OFFSET", "LENGTH", "KIND", "PATH"],
            [.. dump.Regions.Select(region => (IReadOnlyList<string>)[$"{region.Offset}", $"{region.Length}", region.Kind, region.Path ?? ""])]);
        text.WriteLine();
        TextTable.Write(text, ["KIND", "REGIONS", "BYTES", "SIZE"],
            [.. dump.Regions.GroupBy(region => region.Kind).OrderByDescending(group => group.Sum(region => region.Length)).Select(group =>
                (IReadOnlyList<string>)[group.Key, $"{group.Count()}", $"{group.Sum(region => region.Length)}", $"{new ByteSize(group.Sum(region => region.Length))}"])]);
    }
}
