using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Images.Configuration;
using Hearth.Images.Pulling;

namespace Hearth.Client.Images;

/// <summary>What is the same for the images of all hosts.</summary>
public static class ImageFinding
{
    /// <summary>A prune may remove an image at the moment when it has come.</summary>
    private const int MostAttempts = 3;

    /// <summary>Completes a container's description from an image, which is fetched by the policy.</summary>
    /// <param name="images">Has the image.</param>
    /// <param name="description">The user's choices apart from the process.</param>
    /// <param name="demand">The image.</param>
    /// <param name="choices">The user's choices about the process.</param>
    /// <param name="pull">Fetches an image by its name; gets also whether the store lacks it.</param>
    /// <param name="cancellationToken">Stops before the image is fetched; the pull has its own.</param>
    /// <returns>The caller creates the container before it disposes of this.</returns>
    /// <exception cref="HearthException">The image cannot be fetched, or names no command.</exception>
    public static async Task<DescribedContainer> DescribeAsync(
        this IImages images, ContainerDescription description, ImageDemand demand, ProcessChoices choices, Func<string, bool, Task<PulledImage>> pull, CancellationToken cancellationToken = default)
    {
        for (int attempts = 1; ; attempts++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ImageSummary found = await FindAsync(images, demand, pull, cancellationToken).ConfigureAwait(false);
            IDisposable? lease = await images.HoldAsync(found, cancellationToken).ConfigureAwait(false);
            if (lease is not null)
            {
                return Describe(description, demand, choices, found, images.HostPlatform, lease);
            }

            if (attempts == MostAttempts)
            {
                throw new HearthException(HearthError.ImageUnknown, $"cannot run the image '{demand.Text}': it was removed while the container was created");
            }
        }
    }

    /// <summary>Finds the image, or fetches it.</summary>
    private static async Task<ImageSummary> FindAsync(IImages images, ImageDemand demand, Func<string, bool, Task<PulledImage>> pull, CancellationToken cancellationToken)
    {
        ImageSummary? found = await images.TryFindAsync(demand.Text, cancellationToken).ConfigureAwait(false);
        if (found is not null && demand.Platform is { } wanted && !(PlatformChoice.Fits(found.Configuration, wanted) && found.Configuration.Architecture == wanted.Architecture))
        {
            // One that only does in place of the wanted platform may be there because it was asked for.
            found = null;
        }

        bool isPartial = found is { IsInParts: true } && demand.Lazy == LazyMode.Never;
        if (found is not null && !isPartial && demand.Policy != PullPolicy.Always)
        {
            return found;
        }

        if (demand.Policy == PullPolicy.Never)
        {
            string cause = isPartial ? "not all of it is in the image store, and --lazy never and --pull never were given" : "it is not in the image store, and --pull never was given";
            throw new HearthException(HearthError.ImageUnknown, $"cannot run the image '{demand.Text}': {cause}");
        }

        // An id is no name that a registry has.
        string text = !isPartial ? demand.Text : found!.Reference?.ToString() ?? throw new HearthException(
            HearthError.ImageUnavailable, $"cannot run the image '{demand.Text}': not all of it is in the image store, and it has no name to fetch the rest by; leave out --lazy never");
        PulledImage pulled = await pull(text, found is null).ConfigureAwait(false);
        string fetched = pulled.Name?.ToString() ?? pulled.Manifest.Digest.Hex;
        found = await images.TryFindAsync(fetched, cancellationToken).ConfigureAwait(false) ?? throw Unknown(fetched);
        RefuseOtherPlatform(found.Configuration, demand);
        return found;
    }

    private static DescribedContainer Describe(ContainerDescription description, ImageDemand demand, ProcessChoices choices, ImageSummary found, Platform? host, IDisposable lease)
    {
        try
        {
            ImageOrigin origin = new(found.Reference?.Familiar ?? found.Id.Short, found.Manifest.Digest.ToString(), found.Id.ToString()) { Fetch = demand.Fetch };
            ContainerDescription whole = ImageFailures.Attempt(() => ImageDefaults.Apply(description, origin, found.Configuration, choices));
            string? warning = demand.Platform is null && host is not null && !PlatformChoice.Fits(found.Configuration, host)
                ? $"The requested image's platform ({PlatformChoice.Of(found.Configuration)}) does not match the detected host platform ({host}) and no specific platform was requested"
                : null;
            return new DescribedContainer(whole, warning, found.IsInParts, lease);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    internal static HearthException Unknown(string text) => new(HearthError.ImageUnknown, $"no such image: {text}; 'hearth images' lists them, 'hearth pull' fetches one");

    /// <summary>What is not an index is fetched whatever its platform is.</summary>
    private static void RefuseOtherPlatform(ImageConfiguration configuration, ImageDemand demand)
    {
        if (demand.Platform is { } platform && !PlatformChoice.Fits(configuration, platform))
        {
            throw new HearthException(
                HearthError.ImageUnavailable, $"cannot run the image '{demand.Text}': it is for {PlatformChoice.Of(configuration)}, and not for {platform}; leave out --platform");
        }
    }
}
