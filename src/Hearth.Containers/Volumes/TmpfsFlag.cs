using Hearth.Containers.Specification;

namespace Hearth.Containers.Volumes;

/// <summary>Reads <c>--tmpfs /run</c> and <c>--tmpfs /tmp:size=64m,mode=1777,exec</c>.</summary>
public static class TmpfsFlag
{
    /// <summary>docker's default mount options of a tmpfs.</summary>
    private static readonly string[] defaults = ["noexec", "nosuid", "nodev"];

    /// <exception cref="FormatException">The destination is not an absolute path, or is the root.</exception>
    public static MountSpec Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string destination = colon < 0 ? text : text[..colon];
        if (!destination.StartsWith('/') || destination.Trim('/').Length == 0)
        {
            throw new FormatException($"invalid tmpfs '{text}': the destination must be an absolute path other than /");
        }

        string[] given = colon < 0 ? [] : text[(colon + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries);
        return new MountSpec
        {
            Destination = destination,
            Type = "tmpfs",
            Source = "tmpfs",
            Options = WithDefaults(given),
        };
    }

    /// <summary>docker's default options, unless the opposite is given, and the given ones.</summary>
    internal static IReadOnlyList<string> WithDefaults(IReadOnlyCollection<string> given) =>
        [.. defaults.Where(option => !given.Contains(option[2..])), .. given.Where(option => !defaults.Contains(option))];
}
