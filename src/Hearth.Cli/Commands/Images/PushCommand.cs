using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth push</c>: sends an image to the registry that its name has.</summary>
internal sealed class PushCommand(CommandContext context, GlobalFlags global)
{
    private const int ShownDigits = 12;

    private readonly Argument<string> image = Argument.One("IMAGE");
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only the image's name", "-q");
    private readonly Flag<bool> all = Flag.Switch("--all-tags", "all tags of the repository that this host has", "-a");
    private readonly Flag<bool> trust = ContentTrust.Create();
    private readonly ImageFlags flags = new(context, global);

    public Command Create() => new Command("push", "Send an image to a registry")
    {
        Usage = "[FLAGS] IMAGE",
        Details = """
            The name has the registry: 'hearth tag' gives an image another one. What is sent are the bytes that
            were pulled, so that digests stay. Layers that the registry has are not sent.
            """,
        Examples = [("hearth push registry.example.com/team/app:1.2", "after 'hearth login registry.example.com'")],
    }.WithFlags("Flags", all, quiet, trust).WithArguments(image)
        .WithAction(PushAsync);

    private async Task<int> PushAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        ContentTrust.Check(line, trust);
        IImages service = flags.Open(line);
        foreach (string name in line.GetValue(all) ? await FindTagsAsync(service, line.GetValue(image), cancellationToken) : [line.GetValue(image)])
        {
            await PushAsync(service, name, line.GetValue(quiet), cancellationToken);
        }

        return 0;
    }

    /// <exception cref="HearthException">There is none.</exception>
    private static async Task<IReadOnlyList<string>> FindTagsAsync(IImages service, string repository, CancellationToken cancellationToken)
    {
        ImageReference wanted = ImageReference.TryParse(repository, out ImageReference? parsed) && repository.LastIndexOf(':') <= repository.LastIndexOf('/') && !repository.Contains('@', StringComparison.Ordinal)
            ? parsed
            : throw new UsageException("tag can't be used with --all-tags/-a");
        string[] names = [.. (await service.ListAsync(cancellationToken)).Select(found => found.Reference).OfType<ImageReference>().Where(found => found.Tag is not null && found.Repository == wanted.Repository).Select(found => found.Familiar)];
        return names.Length > 0 ? names : throw new HearthException(HearthError.ImageUnknown, $"An image does not exist locally with the tag: {repository}");
    }

    private async Task PushAsync(IImages service, string name, bool isQuiet, CancellationToken cancellationToken)
    {
        PushedImage pushed = await service.PushAsync(
            name,
            (blob, writing) =>
            {
                if (!isQuiet)
                {
                    context.Error.WriteLine($"{blob.Digest.Hex[..ShownDigits]}: {Words(writing)}");
                }
            },
            cancellationToken);
        if (!isQuiet)
        {
            context.Error.WriteLine($"{pushed.Name.Tag}: digest: {pushed.Manifest.DigestText} size: {pushed.Manifest.Size}");
        }

        await context.Output.WriteLineAsync(pushed.Name.ToString());
    }

    private static string Words(BlobWriting writing) => writing switch
    {
        BlobWriting.Existed => "Layer already exists",
        BlobWriting.Mounted => "Mounted from another repository",
        _ => "Pushed",
    };
}
