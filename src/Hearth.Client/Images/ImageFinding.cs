using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Images.Configuration;
using Hearth.Images.Pulling;

namespace Hearth.Client.Images;

/// <summary>What is the same for the images of all hosts.</summary>
public static class ImageFinding
{
    /// <summary>Completes a container's description from an image, which is fetched by the policy.</summary>
    /// <param name="images">Has the image.</param>
    /// <param name="description">The user's choices apart from the process.</param>
    /// <param name="text">The image.</param>
    /// <param name="choices">The user's choices about the process.</param>
    /// <param name="pull">Fetches the image if the policy or the platform demands it; gets whether the store lacks it.</param>
    /// <param name="policy">When to fetch it.</param>
    /// <param name="platform">Null for the host's.</param>
    /// <param name="fetch">How the run fetches what the store has only in parts.</param>
    /// <param name="cancellationToken">Stops before the image is fetched; the pull has its own.</param>
    /// <exception cref="HearthException">The image cannot be fetched, or names no command.</exception>
    public static async Task<ContainerDescription> DescribeAsync(
        this IImages images,
        ContainerDescription description,
        string text,
        ProcessChoices choices,
        Func<bool, Task<PulledImage>> pull,
        PullPolicy policy,
        Platform? platform,
        ImageFetchOptions fetch,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ImageSummary? found = await images.TryFindAsync(text, cancellationToken).ConfigureAwait(false);
        bool isMissing = found is null || (platform is not null && !ImageService.IsFor(found.Configuration, platform));
        if (isMissing && policy == PullPolicy.Never)
        {
            throw new HearthException(HearthError.ImageUnknown, $"cannot run the image '{text}': it is not in the image store, and --pull never was given");
        }

        if (isMissing || policy == PullPolicy.Always)
        {
            PulledImage pulled = await pull(isMissing).ConfigureAwait(false);
            string fetched = pulled.Name?.ToString() ?? pulled.Manifest.Digest.Hex;
            found = await images.TryFindAsync(fetched, cancellationToken).ConfigureAwait(false) ?? throw Unknown(fetched);
            RefuseOtherPlatform(found.Configuration, platform, text);
        }

        return ImageFailures.Attempt(() => ImageDefaults.Apply(
            description, new ImageOrigin(found!.Reference?.Familiar ?? found.Id.Short, found.Manifest.Digest.ToString(), found.Id.ToString()) { Fetch = fetch }, found.Configuration, choices));
    }

    internal static HearthException Unknown(string text) => new(HearthError.ImageUnknown, $"no such image: {text}; 'hearth images' lists them, 'hearth pull' fetches one");

    /// <summary>What is not an index is fetched whatever its platform is.</summary>
    private static void RefuseOtherPlatform(ImageConfiguration configuration, Platform? platform, string text)
    {
        if (platform is not null && !ImageService.IsFor(configuration, platform))
        {
            Platform own = new() { Os = configuration.Os, Architecture = configuration.Architecture, Variant = configuration.Variant };
            throw new HearthException(HearthError.ImageUnavailable, $"cannot run the image '{text}': it is for {own}, and not for {platform}; leave out --platform");
        }
    }
}
