using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Images.Pulling;
using Hearth.Rendering;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth pull</c>: fetches an image.</summary>
internal sealed class PullCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> image = Argument.One("IMAGE");
    private readonly Flag<bool> all = Flag.Switch("--all-tags", "all tags of the repository", "-a");
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only the image's name", "-q");
    private readonly Flag<bool> trust = ContentTrust.Create();
    private readonly ImageFlags flags = new(context, global);

    public Command Create() => new Command("pull", "Fetch an image from a registry, a directory or an archive")
    {
        Usage = "[FLAGS] IMAGE",
        Details = """
            IMAGE is a name as docker has it ([HOST[:PORT]/]NAME[:TAG|@DIGEST]), or a layout, a directory or an
            archive as skopeo has them (oci:DIR[:NAME], dir:DIR, oci-archive:FILE[:NAME],
            docker-archive:FILE[:NAME]), or an image of podman, docker or containerd (containers-storage:NAME,
            docker-daemon:NAME, containerd:NAME). Each layer is verified, decompressed and indexed in one pass while it
            arrives, and never unpacked. An interrupted pull goes on where it was. Layers that the store has
            are not fetched.
            """,
        Examples =
        [
            ("hearth pull python:3.13", "from Docker Hub"),
            ("hearth pull --platform linux/arm64 registry.example.com/team/app@sha256:5891…", "another platform, by digest"),
            ("hearth pull oci:./layout:1.0", "from a directory that skopeo or buildah wrote"),
            ("hearth pull --progress json debian 2>progress", "for programs"),
        ],
    }.WithFlags("Flags", [all, quiet, trust, .. flags.All]).WithArguments(image)
        .WithAction(PullAsync);

    private async Task<int> PullAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        ContentTrust.Check(line, trust);
        IImages service = flags.Open(line);
        string text = line.GetValue(image);
        foreach (string name in line.GetValue(all) ? await service.ListTagsAsync(text, cancellationToken) : [text])
        {
            await PullAsync(service, name, line, cancellationToken);
        }

        return 0;
    }

    private async Task PullAsync(IImages service, string text, ParsedLine line, CancellationToken cancellationToken)
    {
        PulledImage pulled;
        using (PullOutput output = flags.Show(line, line.GetValue(quiet)))
        {
            pulled = await service.PullAsync(text, flags.ReadPlatform(line), LazyMode.Never, output.Show, cancellationToken);
        }

        string name = pulled.Name?.ToString() ?? pulled.Manifest.DigestText;
        if (!line.GetValue(quiet))
        {
            context.Error.WriteLine($"Digest: {pulled.Source}\nStatus: {(pulled.IsNew ? "Downloaded newer image" : "Image is up to date")} for {text}");
        }

        await context.Output.WriteLineAsync(name);
    }
}
