using Hearth.Cli.CommandLine;
using Hearth.Containers;
using Hearth.Rootfs.Cache;

namespace Hearth.Cli.Commands;

/// <summary>Whether and how a root's disk is taken from the cache, for the commands that prepare one.</summary>
internal sealed class CacheFlags(CommandContext context, GlobalFlags global)
{
    private readonly Flag<bool> immutable = Flag.Switch("--immutable", "the directory does not change: do not walk it again when the\ncache knows it");

    private readonly Flag<string?> digest = Flag.Text("--digest", "ALGORITHM:HEX",
        "the tree's digest, such as its image's: as --immutable, and known\nagain wherever it is mounted");

    private readonly Flag<bool> noCache = Flag.Switch("--no-cache", "neither take the disk from the cache nor keep it there");

    private readonly Flag<ByteSize?> size = Flag.Size("--cache-size",
        $"what the cache may take on the disk (default ${ImageCache.SizeVariable},\nelse {ImageCache.DefaultLimit})");

    public Flag[] All => [immutable, digest, noCache, size];

    /// <exception cref="UsageException">The digest is none, or the size in the environment.</exception>
    public RootfsOptions Read(ParsedLine line, RootfsOptions options) => options with
    {
        Immutable = line.GetValue(digest) is string text ? Parse(text)
            : line.GetValue(immutable) ? new ImmutableRoot(Digest: null)
            : options.Immutable,
    };

    /// <summary>Null for none.</summary>
    /// <exception cref="UsageException">The size in the environment is none.</exception>
    public CacheSettings? ReadSettings(ParsedLine line) => line.GetValue(noCache) ? null : Settings(line);

    /// <summary>The cache, whether a root is to use it or not.</summary>
    /// <exception cref="UsageException">The size in the environment is none.</exception>
    public ImageCache Open(ParsedLine line) => Open(Settings(line));

    /// <summary>The cache that a root is to use; null for none.</summary>
    /// <exception cref="UsageException">The size in the environment is none.</exception>
    public ImageCache? OpenIfWanted(ParsedLine line) => ReadSettings(line) is { } settings ? Open(settings) : null;

    private ImageCache Open(CacheSettings settings) => new(settings.Path, settings.Limit, context.Clock) { Notice = context.Notice };

    private CacheSettings Settings(ParsedLine line) => new(global.Directories(line, context).Cache, line.GetValue(size) ?? Limit());

    private ByteSize Limit()
    {
        string? text = context.Environment.Find(ImageCache.SizeVariable);
        return string.IsNullOrEmpty(text) ? ImageCache.DefaultLimit
            : ByteSize.TryParse(text, out ByteSize limit) ? limit
            : throw new UsageException($"{ImageCache.SizeVariable}=\"{text}\" is no size: give one such as 20g");
    }

    private static ImmutableRoot Parse(string text) => ImmutableRoot.TryParse(text, out ImmutableRoot? immutable)
        ? immutable
        : throw new UsageException($"invalid argument \"{text}\" for \"--digest\" flag: give one such as sha256:5891b5b5…, 32 hex digits or more");
}
