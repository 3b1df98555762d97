using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers.Diagnostics;
using Hearth.Control.Attachment;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth cp</c>: files into and out of a container.</summary>
internal sealed class CopyCommand(CommandContext context, GlobalFlags global)
{
    private const string Standard = "-";

    private readonly Argument<string> source = Argument.One("SOURCE");
    private readonly Argument<string> destination = Argument.One("DESTINATION");
    private readonly Flag<bool> archive = Flag.Switch("--archive", "preserve owners, and on the host set-id bits, capabilities and devices", "-a");
    private readonly Flag<bool> followLink = Flag.Switch("--follow-link", "follow a symbolic link SOURCE", "-L");

    public Command Create() => new Command("cp", "Copy files between a container and the host")
    {
        Usage = "[FLAGS] CONTAINER:PATH DIR|-\n        hearth cp [FLAGS] PATH|- CONTAINER:DIR",
        Details = """
            Copies directories with their contents, and preserves links, modes, times, extended attributes and
            holes. If the destination is an existing directory, the source keeps its name; SOURCE/. copies its
            contents. "-" is a tar archive on standard input or output. Without -a, files in the container belong
            to root and files on the host to the caller, without set-id bits, capabilities and devices.
            The machine of a container that does not run is booted for the copy, without its process.
            """,
        Examples = [("hearth cp web:/var/log/app.log .", "from the container"), ("hearth cp ./conf/. web:/etc/app", "the contents of a directory"), ("hearth cp web:/srv - | tar t", "as an archive")],
    }.WithFlags("Flags", archive, followLink).WithArguments(source, destination)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => CopyAsync(line)));

    private async Task<int> CopyAsync(ParsedLine line)
    {
        (string? fromContainer, string from) = Split(line.GetValue(source));
        (string? toContainer, string to) = Split(line.GetValue(destination));
        if (fromContainer is null == toContainer is null)
        {
            throw new UsageException(fromContainer is null
                ? "one side must be in a container: give CONTAINER:PATH"
                : "cannot copy between containers: copy to the host first");
        }

        IContainers service = ContainerCommands.OpenAsIs(context, global, line);
        ContainerCopy copy = new(service, await service.FindIdAsync(fromContainer ?? toContainer!));
        IReadOnlyList<Diagnostic> diagnostics = fromContainer is not null
            ? await CopyOutAsync(copy, from, to, line)
            : await CopyInAsync(copy, from, to, line);
        context.Show(diagnostics);

        return 0;
    }

    private async Task<IReadOnlyList<Diagnostic>> CopyOutAsync(ContainerCopy copy, string from, string to, ParsedLine line)
    {
        if (to != Standard)
        {
            return await copy.ToHostAsync(from, to, line.GetValue(followLink), line.GetValue(archive));
        }

        await using Stream output = StandardStreams.OpenOutput();
        return await copy.ToArchiveAsync(from, line.GetValue(followLink), output);
    }

    private async Task<IReadOnlyList<Diagnostic>> CopyInAsync(ContainerCopy copy, string from, string to, ParsedLine line)
    {
        if (from != Standard)
        {
            return await copy.FromHostAsync(from, to, line.GetValue(followLink), line.GetValue(archive));
        }

        await using Stream input = StandardStreams.OpenInput();
        return await copy.FromArchiveAsync(input, to);
    }

    /// <summary>docker's rule: a name before a colon is a container, unless the path begins with a dot or a slash.</summary>
    private static (string? Container, string Path) Split(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 || text[0] is '/' or '.' ? (null, text) : (text[..colon], text[(colon + 1)..]);
    }
}
