using Hearth.Client;
using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Images.Making;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth commit</c>: makes an image of a container.</summary>
internal sealed class CommitCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> reference = Argument.One("CONTAINER");
    private readonly Argument<string?> name = Argument.Optional("NAME[:TAG]");
    private readonly Flag<string?> author = Flag.Text("--author", "TEXT", "author of the image", "-a");
    private readonly Flag<string[]> changes = Flag.List("--change", "INSTRUCTION", "change the image's defaults by an instruction of a\nDockerfile, such as 'ENV MODE=fast' (repeatable)", "-c");
    private readonly Flag<string?> message = Flag.Text("--message", "TEXT", "comment in the image's history", "-m");
    private readonly Flag<bool> pause = Flag.Switch("--pause", "suspend the container's processes meanwhile\n(default true)", "-p", isOn: true);
    private readonly ImageFlags images = new(context, global);

    public Command Create() => new Command("commit", "Make an image of a container")
    {
        Usage = "[FLAGS] CONTAINER [NAME[:TAG]]",
        Details = """
            The image is the container's image with one more layer: what 'hearth diff' lists. A container of a
            directory becomes an image of one layer. Volumes and other mounts are left out. Prints the image's id.
            """,
        Examples = [("hearth commit web web:tried", "as it is now"), ("""hearth commit -c 'CMD ["/bin/server"]' -m "with server" build server""", "with another command")],
    }.WithFlags("Flags", author, changes, message, pause).WithArguments(reference, name)
        .WithAction(CommitAsync);

    private async Task<int> CommitAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        IContainers service = ContainerCommands.OpenAsIs(context, global, line);
        Container container = (await service.FindAsync(line.GetValue(reference), cancellationToken)).Container;
        CommitOptions options = new() { Author = line.GetValue(author), Message = line.GetValue(message), Changes = line.GetValue(changes) };
        CommittedImage made = await images.Open(line).CommitAsync(service, container, line.GetValue(name), options, line.GetValue(pause), cancellationToken);
        context.Show(made.Diagnostics);
        await context.Output.WriteLineAsync(made.Id.ToString());
        return 0;
    }
}
