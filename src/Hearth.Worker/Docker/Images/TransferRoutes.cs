using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry;
using Hearth.Images.Pulling;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Docker.Images;

/// <summary>Images that come from registries and archives of file systems, and go to registries.</summary>
internal static class TransferRoutes
{
    /// <summary>docker's word for the request's body.</summary>
    private const string Body = "-";

    /// <summary>docker's <c>images/create</c>: a pull, or an import.</summary>
    public static Task CreateAsync(HttpContext context, Engine engine) => (Answers.Text(context, "fromImage"), Answers.Text(context, "fromSrc")) switch
    {
        ({ } image, _) => PullAsync(context, engine, image),
        (null, { } source) => ImportAsync(context, engine, source),
        _ => throw ApiException.BadRequest("fromImage or fromSrc is missing: the image to pull, or the archive to import"),
    };

    /// <summary>docker's pull: one tag, or without one all of the repository.</summary>
    private static async Task PullAsync(HttpContext context, Engine engine, string name)
    {
        string? tag = Answers.Text(context, "tag");
        string image = tag is null ? name : tag.StartsWith("sha256:", StringComparison.Ordinal) ? $"{name}@{tag}" : $"{name}:{tag}";
        Platform? platform = ReadPlatform(context);
        ImageService images = RegistryAuthorization.ImagesFor(context, engine, image);
        bool isRepository = ImageReference.TryParse(image, out ImageReference? reference) && reference is { Tag: null, Digest: null };
        try
        {
            IReadOnlyList<string> wanted = isRepository ? await images.ListTagsAsync(image, context.RequestAborted) : [image];
            await ProgressAnswer.WriteAsync(context, engine, async report =>
            {
                foreach (string one in wanted)
                {
                    await PullAsync(images, one, platform, report, context.RequestAborted);
                }
            });
        }
        catch (HearthException failure) when (failure.InnerException is ImageException { Error: ImageError.Unauthorized })
        {
            // docker does not say whether a repository that one may not read exists.
            engine.Failures.Note(failure, context, StatusCodes.Status404NotFound);
            throw ApiException.NotFound(failure.Message);
        }
    }

    private static async Task PullAsync(ImageService images, string image, Platform? platform, Action<TransferLine> report, CancellationToken cancellationToken)
    {
        bool isBegun = false;
        PulledImage pulled = await images.PullAsync(image, platform, LazyMode.Never, progress =>
        {
            if (!Interlocked.Exchange(ref isBegun, true))
            {
                ImageReference? reference = ImageReference.TryParse(image, out ImageReference? parsed) ? parsed : null;
                report(new TransferLine { Status = $"Pulling from {reference?.FamiliarRepository ?? image}", Id = reference?.Target ?? "latest" });
            }

            report(TransferLine.Of(progress));
        }, cancellationToken);
        report(new TransferLine { Status = $"Digest: {pulled.Source}" });
        report(new TransferLine { Status = $"Status: {(pulled.IsNew ? "Downloaded newer image" : "Image is up to date")} for {image}" });
    }

    private static async Task ImportAsync(HttpContext context, Engine engine, string source)
    {
        string? name = Answers.Text(context, "repo") is not { } repository ? null : Answers.Text(context, "tag") is { } tag ? $"{repository}:{tag}" : repository;
        string[] changes = [.. context.Request.Query["changes"].OfType<string>()];
        ImageArchives archives = new(engine.Images, engine.Clock);
        await ProgressAnswer.WriteAsync(context, engine, async report =>
        {
            string address = FileDownload.IsAddress(source) ? source : $"http://{source}";
            await using Stream archive = source == Body ? context.Request.Body : await archives.FetchAsync(address, context.RequestAborted);
            Digest id = await archives.ImportAsync(source, archive, name, changes, Answers.Text(context, "message"), ReadPlatform(context), context.RequestAborted);
            report(new TransferLine { Status = id.ToString() });
        });
    }

    /// <summary>docker's <c>images/NAME/push</c>: one tag, or without one all of the repository.</summary>
    public static async Task PushAsync(HttpContext context, Engine engine, string name)
    {
        if (Answers.Text(context, "platform") is not null)
        {
            throw ApiException.BadRequest($"cannot push '{name}' with platform: an image of the store has one platform; omit it");
        }

        ImageReference reference = ImageReference.TryParse(name, out ImageReference? parsed) ? parsed : throw ApiException.BadRequest($"cannot push '{name}': it is not a name of an image");
        ImageService images = RegistryAuthorization.ImagesFor(context, engine, name);
        string[] names = (Answers.Text(context, "tag") ?? reference.Tag) is { } tag
            ? [$"{reference.FamiliarRepository}:{tag}"]
            : [.. images.List().Where(image => image.Reference is { Tag: not null } other && other.Repository == reference.Repository).Select(image => image.Reference!.Familiar)];
        if (names.Length == 0 || names.Any(one => images.TryFind(one) is null))
        {
            throw ApiException.NotFound($"An image does not exist locally with the tag: {reference.FamiliarRepository}");
        }

        await ProgressAnswer.WriteAsync(context, engine, async report =>
        {
            report(new TransferLine { Status = $"The push refers to repository [{reference.Repository}]" });
            foreach (string one in names)
            {
                PushedImage pushed = await images.PushAsync(one, (blob, writing) =>
                {
                    if (blob.MediaType is not (MediaTypes.OciConfiguration or MediaTypes.DockerConfiguration))
                    {
                        report(TransferLine.Of(blob, writing));
                    }
                }, context.RequestAborted);
                report(new TransferLine { Status = $"{pushed.Name.Tag}: digest: {pushed.Manifest.DigestText} size: {pushed.Manifest.Size}" });
                report(new TransferLine { Pushed = new PushedAnswer(pushed.Name.Tag, pushed.Manifest.DigestText, pushed.Manifest.Size) });
            }
        });
    }

    private static Platform? ReadPlatform(HttpContext context) => Answers.Text(context, "platform") is { } text ? PlatformChoice.Parse(text) : null;
}
