using System.Runtime.InteropServices;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;

namespace Hearth.Images.Pulling;

/// <summary>Platforms by Go's names, as docker's --platform takes them.</summary>
public static class PlatformChoice
{
    /// <summary>That of this host.</summary>
    public static Platform Host { get; } = new()
    {
        Os = "linux",
        Architecture = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "amd64",
            Architecture.Arm64 => "arm64",
            Architecture other => other.ToString().ToLowerInvariant(),
        },
    };

    /// <summary>Reads OS/ARCHITECTURE[/VARIANT], an operating system, or an architecture.</summary>
    /// <exception cref="ImageException">It is none of these.</exception>
    public static Platform Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length > 3 || parts.Any(part => part.Length == 0 || !part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')))
        {
            throw new ImageException(ImageError.InvalidRequest, $"cannot use the platform '{text}': it is not OS/ARCHITECTURE[/VARIANT], such as linux/arm64");
        }

        return parts.Length switch
        {
            1 when parts[0] == "linux" => Host,
            1 => Named("linux", parts[0], null),
            _ => Named(parts[0], parts[1], parts.ElementAtOrDefault(2)),
        };
    }

    /// <summary>The platform of an image.</summary>
    public static Platform Of(ImageConfiguration configuration) => new() { Os = configuration.Os, Architecture = configuration.Architecture, Variant = configuration.Variant };

    /// <summary>Whether an image does for a platform. Few configurations name a variant; the index does.</summary>
    public static bool Fits(ImageConfiguration configuration, Platform wanted) =>
        (string.IsNullOrEmpty(configuration.Variant) || string.IsNullOrEmpty(wanted.Variant)
            ? PlatformOrder.RankOf(Of(configuration) with { Variant = null }, wanted with { Variant = null })
            : PlatformOrder.RankOf(Of(configuration), wanted)) is not null;

    /// <summary>The manifest of a platform in an index: the one that fits best, and of several the first.</summary>
    /// <exception cref="ImageException">There is none; the message names those that are there.</exception>
    public static Descriptor Choose(ImageIndex index, Platform platform, string name)
    {
        Descriptor[] manifests = [.. index.Manifests.Where(manifest => MediaTypes.IsManifest(manifest.MediaType) || MediaTypes.IsIndex(manifest.MediaType))];
        Descriptor[] known = [.. manifests.Where(manifest => manifest.Platform is { Architecture: not "unknown" })];
        Descriptor? found = known.Where(manifest => PlatformOrder.RankOf(manifest.Platform!, platform) is not null).MinBy(manifest => PlatformOrder.RankOf(manifest.Platform!, platform));

        // Without a wish for a variant, one that may need a newer processor is better than none.
        found ??= known.FirstOrDefault(manifest => string.IsNullOrEmpty(platform.Variant) && PlatformOrder.RankOf(manifest.Platform! with { Variant = null }, platform) == 0);

        // An index with one manifest of no platform is a plain image (image-layout.md).
        found ??= known.Length == 0 && manifests.Length == 1 ? manifests[0] : null;
        return found ?? throw new ImageException(
            ImageError.Unknown,
            $"cannot use the image '{name}' on {platform}: it is for {(known.Length == 0 ? "no platform" : string.Join(", ", known.Select(manifest => manifest.Platform)))}; --platform chooses one");
    }

    private static Platform Named(string os, string architecture, string? variant)
    {
        Platform named = PlatformOrder.Normalise(new Platform { Os = os, Architecture = architecture, Variant = variant });

        // As docker shows it.
        return named is { Architecture: "arm", Variant: "v7" } && string.IsNullOrEmpty(variant) ? named with { Variant = null } : named;
    }
}
