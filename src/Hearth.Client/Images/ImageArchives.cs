using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Local;
using Hearth.Distribution.Sources.Local.Archives;
using Hearth.Distribution.Sources.Registry;
using Hearth.Images.Importing;
using Hearth.Images.Pulling;
using Hearth.Images.Saving;
using Hearth.Images.Store;
using Hearth.Records.Events;

namespace Hearth.Client.Images;

/// <summary>Images to and from archives.</summary>
/// <param name="images">Finds images, and has their store.</param>
/// <param name="clock">The source of the time.</param>
public sealed class ImageArchives(ImageService images, TimeProvider clock)
{
    private readonly ImageStore store = images.LimitedStore;

    /// <summary>Writes images as an archive.</summary>
    /// <param name="texts">Names, which the archive keeps, or ids. A repository without a tag is all its tags.</param>
    /// <param name="format">The archive's form.</param>
    /// <param name="platform">What all images must be for; null for any.</param>
    /// <param name="target">Receives it; the caller keeps its ownership.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="HearthException">There is no such image, it is incomplete, or it is for another platform.</exception>
    /// <exception cref="IOException">The target cannot be written.</exception>
    public void Save(IReadOnlyList<string> texts, ArchiveFormat format, Platform? platform, Stream target, CancellationToken cancellationToken = default) => ImageFailures.Attempt<object?>(() =>
    {
        (string Text, ImageSummary Image)[] found = [.. texts.SelectMany(ListNames).Select(text => (text, Find(text, platform)))];
        SavedImage[] saved =
        [
            .. from one in found
               group ImageNames.IsOf(one.Text, one.Image) ? one.Image.Reference : null by one.Image.Manifest.Digest into names
               let manifest = found.First(one => one.Image.Manifest.Digest == names.Key).Image.Manifest
               select new SavedImage(manifest, [.. names.OfType<ImageReference>().Distinct()]),
        ];
        new ImageSave(store).Run(saved, format, target, cancellationToken);
        foreach (ImageSummary image in found.Select(one => one.Image).DistinctBy(image => image.Id))
        {
            images.Events.Report(EventAction.Save, image.Id, image.Configuration.Config?.Labels);
        }

        return null;
    });

    /// <summary>Stores all images of an archive, with their names.</summary>
    /// <param name="path">The file; null to read <paramref name="input"/>.</param>
    /// <param name="input">Read to its end.</param>
    /// <param name="platform">Chooses from an index; null for this host's.</param>
    /// <param name="progress">Receives what happens to each layer, from several threads.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="HearthException">The archive cannot be read, or the images cannot be stored.</exception>
    public Task<IReadOnlyList<LoadedImage>> LoadAsync(
        string? path, Stream input, Platform? platform, Action<LayerProgress> progress, CancellationToken cancellationToken = default) => ImageFailures.AttemptAsync(async () =>
    {
        string drafts = store.PrepareDrafts();
        using ImageArchive archive = path is null
            ? await ImageArchive.ReadAsync("standard input", input, drafts, cancellationToken).ConfigureAwait(false)
            : await ImageArchive.OpenAsync(path, Path.GetFullPath(path), drafts, cancellationToken).ConfigureAwait(false);
        List<LoadedImage> loaded = [];
        foreach (LocalImage image in archive.List())
        {
            PulledImage pulled = await new ImagePull(store, image.Source, progress).RunAsync(image.Name, platform ?? PlatformChoice.Host, cancellationToken).ConfigureAwait(false);
            foreach (ImageReference name in image.Names.Skip(1))
            {
                store.Name(name, pulled.Manifest, pulled.Source);
            }

            (Digest id, IReadOnlyDictionary<string, string>? labels) = images.Identify(pulled.Manifest);
            images.Events.Report(EventAction.Load, id, labels);
            loaded.Add(new LoadedImage(image.Names, id));
        }

        return (IReadOnlyList<LoadedImage>)loaded;
    });

    /// <summary>Opens a file of an http or https address, to import it.</summary>
    /// <exception cref="HearthException">The address is malformed, or the file cannot be fetched.</exception>
    public Task<FileDownload> FetchAsync(string address, CancellationToken cancellationToken = default) =>
        ImageFailures.AttemptAsync(() => FileDownload.OpenAsync(address, images.Registries, clock, cancellationToken));

    /// <summary>Makes an image of a file system's archive.</summary>
    /// <param name="origin">The file's path, or what messages and the image's history call the input.</param>
    /// <param name="archive">Read to its end.</param>
    /// <param name="name">Null for an image without a name.</param>
    /// <param name="changes">Instructions of a Dockerfile.</param>
    /// <param name="message">The comment in the history; null for a usual one.</param>
    /// <param name="platform">Null for this host's.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The image's id.</returns>
    /// <exception cref="HearthException">It is no archive, a value is malformed, or the image cannot be stored.</exception>
    public Task<Digest> ImportAsync(
        string origin, Stream archive, string? name, IReadOnlyList<string> changes, string? message, Platform? platform, CancellationToken cancellationToken = default) => ImageFailures.AttemptAsync(async () =>
    {
        ImportChoices choices = new()
        {
            Origin = origin,
            Name = name is null ? null : ImageService.ReadNewName(name),
            Platform = platform ?? PlatformChoice.Host,
            Changes = changes,
            Message = message,
            Created = clock.GetUtcNow(),
        };
        PulledImage pulled = await new ImageImport(store).RunAsync(archive, choices, cancellationToken).ConfigureAwait(false);
        (Digest id, IReadOnlyDictionary<string, string>? labels) = images.Identify(pulled.Manifest);
        images.Events.Report(EventAction.Import, id, labels);
        return id;
    });

    /// <summary>All tags of a repository, or the text itself if it is none.</summary>
    private string[] ListNames(string text)
    {
        string? repository = ImageReference.TryParse(text, out ImageReference? given) && given is { Tag: null, Digest: null } ? given.Repository : null;
        string[] names = [.. store.List().Select(image => image.Reference).Where(name => name is { Tag: not null, Digest: null } && name.Repository == repository).Select(name => name!.ToString())];
        return names.Length > 0 ? names : [text];
    }

    /// <summary>A name of the store has the image of one platform.</summary>
    private ImageSummary Find(string text, Platform? platform)
    {
        ImageSummary found = images.Find(text);
        ImageConfiguration own = found.Configuration;
        return platform is null || PlatformChoice.Fits(own, platform)
            ? found
            : throw new HearthException(
                HearthError.ImageUnavailable,
                $"cannot save the image '{text}' for {platform}: the image store has it for {PlatformChoice.Of(own)}; 'hearth pull --platform {platform} {text}' fetches the other");
    }
}
