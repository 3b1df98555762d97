using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Distribution.Sources;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth push</c>: sends an image to the registry that its name has.</summary>
internal sealed class PushCommand(CommandContext context, GlobalFlags global)
{
    private const int ShownDigits = 12;

    private readonly Argument<string> image = Argument.One("IMAGE");
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only the image's name", "-q");
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
    }.WithFlags("Flags", quiet, trust).WithArguments(image)
        .WithAction(PushAsync);

    private async Task<int> PushAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        ContentTrust.Check(line, trust);
        bool isQuiet = line.GetValue(quiet);
        PushedImage pushed = await flags.Open(line).PushAsync(
            line.GetValue(image),
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
        return 0;
    }

    private static string Words(BlobWriting writing) => writing switch
    {
        BlobWriting.Existed => "Layer already exists",
        BlobWriting.Mounted => "Mounted from another repository",
        _ => "Pushed",
    };
}
