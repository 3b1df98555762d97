using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth export</c>: a container's root as a tar archive.</summary>
internal sealed class ExportCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> reference = Argument.One("CONTAINER");
    private readonly Flag<string?> output = Flag.Text("--output", "FILE", "write to a file instead of standard output", "-o");

    public Command Create() => new Command("export", "Write a container's root as a tar archive")
    {
        Usage = "[FLAGS] CONTAINER",
        Details = "The archive has the image's files and the container's changes. Volumes and other mounts are left out.",
        Examples = [("hearth export -o web.tar web", "all files"), ("hearth export web | tar t", "their names")],
    }.WithFlags("Flags", output).WithArguments(reference)
        .WithAction(ExportAsync);

    private async Task<int> ExportAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        IContainers service = ContainerCommands.OpenAsIs(context, global, line);
        string id = await service.FindIdAsync(line.GetValue(reference), cancellationToken);
        if (line.GetValue(output) is { } path)
        {
            await ExportAsync(service, id, path, cancellationToken);
            return 0;
        }

        if (context.OutputColumns is not null)
        {
            throw new UsageException("the archive is not for a terminal: give -o FILE, or redirect the output");
        }

        await using Stream target = StandardStreams.OpenOutput();
        await ReadAsync(service, id, target, cancellationToken);
        return 0;
    }

    /// <summary>A regular file gets its name when the archive is complete.</summary>
    private async Task ExportAsync(IContainers service, string id, string path, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(() => AtomicFile.Write(path, file => ReadAsync(service, id, file, cancellationToken).GetAwaiter().GetResult()), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot write the archive '{path}': {exception.Message}", exception);
        }
    }

    private async Task ReadAsync(IContainers service, string id, Stream target, CancellationToken cancellationToken)
    {
        IReadOnlyList<Diagnostic> diagnostics = await service.ReadRootAsync(id, RootForm.Tree, freezes: false, target, cancellationToken);
        context.Show(diagnostics);
    }
}
