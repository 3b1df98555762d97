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
            1 => new Platform { Os = "linux", Architecture = Normalise(parts[0]) },
            _ => new Platform { Os = parts[0], Architecture = Normalise(parts[1]), Variant = parts.ElementAtOrDefault(2) },
        };
    }

    /// <summary>The manifest of a platform in an index.</summary>
    /// <exception cref="ImageException">There is none; the message names those that are there.</exception>
    public static Descriptor Choose(ImageIndex index, Platform platform, string name)
    {
        Descriptor[] manifests = [.. index.Manifests.Where(manifest => MediaTypes.IsManifest(manifest.MediaType) || MediaTypes.IsIndex(manifest.MediaType))];
        Descriptor[] known = [.. manifests.Where(manifest => manifest.Platform is { Architecture: not "unknown" })];
        Descriptor? exact = known.FirstOrDefault(manifest => Fits(manifest.Platform!, platform) && manifest.Platform!.Variant == platform.Variant);
        Descriptor? found = exact ?? known.FirstOrDefault(manifest => Fits(manifest.Platform!, platform) && FitsVariant(manifest.Platform!, platform));

        // An index with one manifest of no platform is a plain image (image-layout.md).
        found ??= known.Length == 0 && manifests.Length == 1 ? manifests[0] : null;
        return found ?? throw new ImageException(
            ImageError.Unknown,
            $"cannot use the image '{name}' on {platform}: it is for {(known.Length == 0 ? "no platform" : string.Join(", ", known.Select(manifest => manifest.Platform)))}; --platform chooses one");
    }

    private static bool Fits(Platform offered, Platform wanted) => offered.Os == wanted.Os && Normalise(offered.Architecture) == wanted.Architecture;

    /// <summary>arm64 is v8 where it has no word for it; without a wish any variant will do.</summary>
    private static bool FitsVariant(Platform offered, Platform wanted) =>
        string.IsNullOrEmpty(wanted.Variant) || (wanted is { Architecture: "arm64", Variant: "v8" } && string.IsNullOrEmpty(offered.Variant));

    private static string Normalise(string architecture) => architecture switch
    {
        "x86_64" or "x86-64" => "amd64",
        "aarch64" => "arm64",
        "i386" or "i686" => "386",
        _ => architecture,
    };
}
