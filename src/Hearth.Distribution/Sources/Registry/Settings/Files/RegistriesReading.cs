using Tomlyn;

namespace Hearth.Distribution.Sources.Registry.Settings.Files;

/// <summary>Reads the rules of registries.conf files.</summary>
internal static class RegistriesReading
{
    private const int MostBytes = 1 << 20;

    /// <param name="paths">Files, and directories whose *.conf files are read in the order of their names. Missing ones have no rules.</param>
    /// <returns>The rules; of those with one prefix, the one that was read last.</returns>
    /// <exception cref="ImageException">A file cannot be read, or is malformed.</exception>
    public static IReadOnlyList<RegistryRule> Read(IReadOnlyList<string> paths)
    {
        Dictionary<string, RegistryRule> rules = [];
        IEnumerable<string> files = paths.SelectMany(FilesOf);
        foreach (string file in files.Where(File.Exists))
        {
            foreach (RegistryEntry entry in ReadFile(file).Registries)
            {
                RegistryRule rule = RuleOf(file, entry);
                rules[rule.Prefix] = rule;
            }
        }

        return [.. rules.Values];
    }

    private static IEnumerable<string> FilesOf(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.conf").Order(StringComparer.Ordinal) : [path];

    private static RegistriesFile ReadFile(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MostBytes
                ? TomlSerializer.Deserialize(File.ReadAllText(path), RegistriesToml.Default.RegistriesFile) ?? new RegistriesFile()
                : throw Malformed(path, "it has more than 1 MiB", null);
        }
        catch (TomlException exception)
        {
            throw Malformed(path, exception.Message.Trim().Split('\n')[0].TrimEnd('.'), exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.StorageFailed, $"cannot read '{path}': {exception.Message.TrimEnd('.')}", exception);
        }
    }

    private static RegistryRule RuleOf(string path, RegistryEntry entry) => new()
    {
        Prefix = (entry.Prefix ?? entry.Location)?.TrimEnd('/') is { Length: > 0 } prefix ? prefix : throw Malformed(path, "a [[registry]] has neither prefix nor location", null),
        Location = entry.Location?.TrimEnd('/') is { Length: > 0 } location ? location : null,
        IsInsecure = entry.IsInsecure,
        IsBlocked = entry.IsBlocked,
        Mirrors = [.. entry.Mirrors.Select(mirror => MirrorOf(path, entry, mirror))],
    };

    private static RegistryMirror MirrorOf(string path, RegistryEntry entry, MirrorEntry mirror)
    {
        string pulls = mirror.Pulls ?? (entry.IsMirroredByDigestOnly ? "digest-only" : "all");
        return pulls is not ("" or "all" or "digest-only" or "tag-only") ? throw Malformed(path, $"pull-from-mirror is '{pulls}'; use all, digest-only or tag-only", null)
            : mirror.Location?.TrimEnd('/') is not { Length: > 0 } location ? throw Malformed(path, "a [[registry.mirror]] has no location", null)
            : new RegistryMirror(location, mirror.IsInsecure, pulls != "digest-only", pulls != "tag-only");
    }

    private static ImageException Malformed(string path, string cause, Exception? inner) => new(ImageError.Malformed, $"cannot read '{path}': {cause}", inner);
}
