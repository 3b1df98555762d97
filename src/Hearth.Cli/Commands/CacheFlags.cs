using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Rootfs.Cache;

namespace Hearth.Cli.Commands;

/// <summary>Whether and how a root's disk is taken from the cache, for the commands that prepare one.</summary>
internal sealed class CacheFlags(CommandContext context, GlobalFlags global)
{
    private readonly Flag<bool> immutable = Flag.Switch("--immutable", "the directory does not change: skip the walk if the cache\nknows it");

    private readonly Flag<string?> digest = Flag.Text("--digest", "ALGORITHM:HEX",
        "digest of the tree, such as its image's: like --immutable, and\nindependent of the path");

    private readonly Flag<bool> noCache = Flag.Switch("--no-cache", "neither read nor write the cache");

    private readonly Flag<ByteSize?> size = Flag.Size("--cache-size",
        $"limit of the cache on disk (default ${CacheSettings.SizeVariable},\nelse {CacheSettings.DefaultLimit})");

    public Flag[] All => [immutable, digest, noCache, size];

    /// <summary>Those that say something about a directory.</summary>
    public Flag[] OfDirectories => [immutable, digest];

    /// <exception cref="UsageException">The digest, or the size in the environment, cannot be read.</exception>
    public RootfsOptions Read(ParsedLine line, RootfsOptions options) => options with
    {
        Immutable = line.GetValue(digest) is string text ? Parse(text)
            : line.GetValue(immutable) ? new ImmutableRoot(Digest: null)
            : options.Immutable,
    };

    /// <returns>Null without a cache.</returns>
    /// <exception cref="UsageException">The size in the environment cannot be read.</exception>
    public CacheSettings? ReadSettings(ParsedLine line) => line.GetValue(noCache) ? null : Settings(line, global.LocalDirectories(line, context));

    /// <summary>Opens the cache, also with --no-cache.</summary>
    /// <exception cref="UsageException">The size in the environment cannot be read.</exception>
    public ImageCache Open(ParsedLine line) => Open(Settings(line, global.Directories(line, context)));

    /// <summary>Opens the cache that a root uses; null with --no-cache.</summary>
    /// <exception cref="UsageException">The size in the environment cannot be read.</exception>
    public ImageCache? OpenIfWanted(ParsedLine line) => ReadSettings(line) is { } settings ? Open(settings) : null;

    private ImageCache Open(CacheSettings settings) => new(settings.Path, settings.Limit, context.Clock) { Diagnose = context.Show };

    private CacheSettings Settings(ParsedLine line, HearthDirectories directories)
    {
        try
        {
            return CacheSettings.Resolve(directories, line.GetValue(size), context.Environment.Find);
        }
        catch (HearthException exception) when (exception.Error == HearthError.InvalidRequest)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static ImmutableRoot Parse(string text) => ImmutableRoot.TryParse(text, out ImmutableRoot? immutable)
        ? immutable
        : throw new UsageException($"invalid argument \"{text}\" for \"--digest\" flag: give one such as sha256:5891b5b5…, 32 hex digits or more");
}
