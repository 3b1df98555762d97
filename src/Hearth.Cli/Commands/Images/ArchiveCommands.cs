using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Control.Attachment;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry;
using Hearth.Images.Saving;
using Hearth.Linux.Terminals;
using Hearth.Rendering;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth save</c>, <c>hearth load</c> and <c>hearth import</c>: images to and from archives.</summary>
internal sealed class ArchiveCommands(CommandContext context, GlobalFlags global)
{
    private const string Standard = "-";

    private readonly Argument<string[]> images = Argument.OneOrMore("IMAGE");
    private readonly Argument<string> file = Argument.One("FILE");
    private readonly Argument<string?> name = Argument.Optional("NAME[:TAG]");
    private readonly Flag<string?> output = Flag.Text("--output", "FILE", "write to FILE instead of standard output; an existing one is\nreplaced when the archive is complete", "-o");
    private readonly Flag<ArchiveFormat> format = Flag.Choice("--format",
        "docker-archive is for docker, podman and OCI tools, oci-archive\nonly for the latter two (default docker-archive)",
        ("docker-archive", ArchiveFormat.DockerArchive), ("oci-archive", ArchiveFormat.OciArchive));

    private readonly Flag<string?> platform = Flag.Text("--platform", "OS/ARCH[/VARIANT]", "refuse images of another platform");
    private readonly Flag<string?> input = Flag.Text("--input", "FILE", "read from FILE instead of standard input", "-i");
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only the images' names", "-q");
    private readonly Flag<string[]> changes = Flag.List("--change", "INSTRUCTION",
        "apply an instruction of a Dockerfile: CMD, ENTRYPOINT, ENV,\nEXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME\nor WORKDIR", "-c");

    private readonly Flag<string?> message = Flag.Text("--message", "TEXT", "comment in the image's history", "-m");
    private readonly ImageFlags flags = new(context, global);

    public Command CreateSave() => new Command("save", "Write images to a tar archive")
    {
        Usage = "[FLAGS] IMAGE...",
        Details = """
            The archive is an OCI layout with docker's list of images: 'docker load', 'podman load', skopeo and
            'hearth load' read it. Layers have the bytes that were pulled, so that digests stay. Images that are
            given by name keep their names.
            """,
        Examples = [("hearth save -o images.tar app:1 debian", "two images in one file"), ("hearth save app:1 | gzip >app.tar.gz", "compressed")],
    }.WithFlags("Flags", output, format, platform).WithArguments(images)
        .WithAction(SaveAsync);

    public Command CreateLoad() => new Command("load", "Store the images of a tar archive")
    {
        Usage = "[FLAGS]",
        Details = """
            Reads what 'docker save', 'podman save', skopeo and 'hearth save' write, also compressed by gzip or
            zstd. A file that is not compressed is read in place. Layers that the store has are not read.
            """,
        Examples = [("hearth load -i images.tar", "from a file"), ("ssh build docker save app:1 | hearth load", "from another machine")],
    }.WithFlags("Flags", [input, quiet, .. flags.All])
        .WithAction(LoadAsync);

    public Command CreateImport() => new Command("import", "Make an image of a file system's tar archive")
    {
        Usage = "[FLAGS] FILE|URL|- [NAME[:TAG]]",
        Details = """
            The image has one layer. The archive may be compressed by gzip or zstd, and by xz or bzip2 if the
            host has the program of that name; "-" is standard input. A file of an
            http or https address is fetched, by the proxies and certificates of registries.
            """,
        Examples =
        [
            ("hearth import -c 'CMD [\"/bin/sh\"]' root.tar.gz base:1", "from a file, with a command"),
            ("hearth import https://example.com/root.tar.gz base", "from the network"),
            ("curl -sSL https://example.com/root.tar.xz | hearth import - base", "from standard input"),
        ],
    }.WithFlags("Flags", [changes, message, .. flags.WithoutProgress]).WithArguments(file, name)
        .WithAction(ImportAsync);

    private async Task<int> SaveAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string[] texts = line.GetValue(images);
        if (line.GetValue(output) is null && context.OutputColumns is not null)
        {
            throw new UsageException("cannot write an archive to a terminal: give --output FILE, or redirect the output");
        }

        using StopSignals stop = new(cancellationToken);
        try
        {
            if (line.GetValue(output) is { } path)
            {
                await ImageFiles.SaveAsync(flags.Open(line), texts, line.GetValue(format), ImageFlags.ReadPlatform(line, platform), path, stop.Token);
            }
            else
            {
                await using Stream standard = StandardStreams.OpenOutput();
                await flags.Open(line).SaveAsync(texts, line.GetValue(format), ImageFlags.ReadPlatform(line, platform), standard, stop.Token);
            }

            return 0;
        }
        catch (OperationCanceledException) when (stop.Signal > 0)
        {
            return stop.ExitCode;
        }
    }

    private async Task<int> LoadAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string? path = line.GetValue(input);
        RefuseTerminal(path is null, "give --input FILE, or redirect the input");
        IReadOnlyList<LoadedImage> loaded;
        using (PullOutput shown = flags.Show(line, line.GetValue(quiet)))
        {
            using Stream standard = path is null ? StandardStreams.OpenInput() : Stream.Null;
            loaded = await flags.Open(line).LoadAsync(path, standard, flags.ReadPlatform(line), shown.Show, cancellationToken);
        }

        foreach (LoadedImage image in loaded)
        {
            foreach (string text in image.Names.Count > 0 ? image.Names.Select(known => $"Loaded image: {known.Familiar}") : [$"Loaded image ID: {image.Id}"])
            {
                await context.Output.WriteLineAsync(text);
            }
        }

        return 0;
    }

    private async Task<int> ImportAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string path = line.GetValue(file);
        RefuseTerminal(path == Standard, "redirect the input, or name a file");
        using Stream archive = path == Standard ? StandardStreams.OpenInput() : FileDownload.IsAddress(path) ? Stream.Null : OpenFile(path);
        Digest id = await flags.Open(line).ImportAsync(
            path, archive, line.GetValue(name), line.GetValue(changes), line.GetValue(message), flags.ReadPlatform(line), cancellationToken);
        await context.Output.WriteLineAsync(id.ToString());
        return 0;
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot import '{path}': {exception.Message}", exception);
        }
    }

    private static void RefuseTerminal(bool readsInput, string next)
    {
        using SafeFileHandle standard = new(0, ownsHandle: false);
        if (readsInput && TerminalModes.IsTerminal(standard))
        {
            throw new UsageException($"cannot read an archive from a terminal: {next}");
        }
    }
}
