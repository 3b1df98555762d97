using System.Globalization;

namespace Hearth.Distribution.Manifests;

/// <summary>
/// Which platforms do in place of another: a processor runs what is made for its predecessors. Names and order are those of containerd's
/// platforms, which docker uses.
/// </summary>
public static class PlatformOrder
{
    private const int LeastArm = 5;
    private const int LastArm = 8;

    /// <summary>Variants are text that others write: nobody has more steps.</summary>
    private const int MostSteps = 16;

    /// <summary>Armv9.0 has what Armv8.5 has.</summary>
    private const int EightOfNine = 5;

    /// <summary>Gives each processor one name. The variants v8 of arm64 and v1 of amd64 are none; arm without one is v7.</summary>
    public static Platform Normalise(Platform platform)
    {
        string variant = platform.Variant?.ToLowerInvariant() ?? "";
        (string architecture, string named) = (platform.Architecture.ToLowerInvariant(), variant) switch
        {
            ("i386" or "i686", _) => ("386", ""),
            ("x86_64" or "x86-64" or "amd64", _) => ("amd64", variant == "v1" ? "" : variant),
            ("aarch64" or "arm64", "8" or "v8" or "v8.0") => ("arm64", ""),
            ("aarch64" or "arm64", "9" or "9.0" or "v9.0") => ("arm64", "v9"),
            ("aarch64" or "arm64", _) => ("arm64", variant),
            ("armhf", _) or ("arm", "" or "7") => ("arm", "v7"),
            ("armel", _) => ("arm", "v6"),
            ("arm", "5" or "6" or "8") => ("arm", "v" + variant),
            (string other, _) => (other, variant),
        };
        return platform with { Os = platform.Os.ToLowerInvariant(), Architecture = architecture, Variant = named.Length == 0 ? null : named };
    }

    /// <summary>How well a platform does for another: 0 is the best; null if it does not.</summary>
    public static int? RankOf(Platform offered, Platform wanted)
    {
        Platform known = Normalise(offered);
        Platform target = Normalise(wanted);
        int rank = known.Os == target.Os ? Of(target).IndexOf((known.Architecture, known.Variant ?? "")) : -1;
        return rank < 0 ? null : rank;
    }

    /// <param name="wanted">Normalised.</param>
    private static List<(string Architecture, string Variant)> Of(Platform wanted)
    {
        string variant = wanted.Variant ?? "";
        IEnumerable<(string, string)> before = wanted.Architecture switch
        {
            "amd64" => [.. Steps("amd64", "v", VersionOf(variant, "v"), 2), ("amd64", ""), ("386", "")],
            "arm" => Steps("arm", "v", VersionOf(variant, "v"), LeastArm),
            "arm64" => [.. OfArm64(variant), ("arm64", ""), .. Steps("arm", "v", LastArm, LeastArm)],
            _ => [],
        };
        return [(wanted.Architecture, variant), .. before];
    }

    private static IEnumerable<(string, string)> OfArm64(string variant)
    {
        int nine = variant == "v9" ? 0 : VersionOf(variant, "v9.");
        int eight = nine >= 0 ? Math.Min(nine, MostSteps) + EightOfNine : VersionOf(variant, "v8.");
        return [.. Steps("arm64", "v9.", nine, 1), .. nine >= 0 ? [("arm64", "v9")] : Array.Empty<(string, string)>(), .. Steps("arm64", "v8.", eight, 1)];
    }

    /// <summary>The variants from one down to another.</summary>
    private static IEnumerable<(string, string)> Steps(string architecture, string prefix, int last, int first)
    {
        int most = Math.Min(last, first + MostSteps);
        return Enumerable.Range(0, Math.Max(0, most - first + 1)).Select(step => (architecture, string.Create(CultureInfo.InvariantCulture, $"{prefix}{most - step}")));
    }

    /// <returns>-1 if it is none.</returns>
    private static int VersionOf(string variant, string prefix) =>
        variant.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(variant.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int version) ? version : -1;
}
