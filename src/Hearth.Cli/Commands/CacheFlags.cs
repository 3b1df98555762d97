using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Containers;
using Hearth.Rootfs.Cache;

namespace Hearth.Cli.Commands;

/// <summary>Whether and how a root's disk is taken from the cache, for the commands that prepare one.</summary>
internal sealed class CacheFlags(CommandContext context, GlobalFlags global)
{
    private readonly Option<bool> immutable = Flag.Switch("--immutable", "the directory does not change: do not walk it again when the\ncache knows it");

    private readonly Option<string?> digest = Flag.Text("--digest", "ALGORITHM:HEX",
        "the tree's digest, such as its image's: as --immutable, and known\nagain wherever it is mounted");

    private readonly Option<bool> noCache = Flag.Switch("--no-cache", "neither take the disk from the cache nor keep it there");

    private readonly Option<ByteSize?> size = Flag.Size("--cache-size",
        $"what the cache may take on the disk (default ${ImageCache.SizeVariable},\nelse {ImageCache.DefaultLimit})");

    public Option[] All => [immutable, digest, noCache, size];

    /// <exception cref="UsageException">The digest is none, or the size in the environment.</exception>
    public RootfsOptions Read(ParseResult line, RootfsOptions options, string command) => options with
    {
        Immutable = line.GetValue(digest) is string text ? Parse(text, command)
            : line.GetValue(immutable) ? new ImmutableRoot(Digest: null)
            : options.Immutable,
    };

    /// <summary>Null for none.</summary>
    /// <exception cref="UsageException">The size in the environment is none.</exception>
    public CacheSettings? ReadSettings(ParseResult line, string command) => line.GetValue(noCache) ? null : Settings(line, command);

    /// <summary>The cache, whether a root is to use it or not.</summary>
    /// <exception cref="UsageException">The size in the environment is none.</exception>
    public ImageCache Open(ParseResult line, string command) => Open(Settings(line, command));

    /// <summary>The cache that a root is to use; null for none.</summary>
    /// <exception cref="UsageException">The size in the environment is none.</exception>
    public ImageCache? OpenIfWanted(ParseResult line, string command) => ReadSettings(line, command) is { } settings ? Open(settings) : null;

    private ImageCache Open(CacheSettings settings) => new(settings.Path, settings.Limit, context.Clock) { Diagnose = context.Show };

    private CacheSettings Settings(ParseResult line, string command) => new(global.Directories(line, context).Cache, line.GetValue(size) ?? Limit(command));

    private ByteSize Limit(string command)
    {
        string? text = context.Environment.Find(ImageCache.SizeVariable);
        return string.IsNullOrEmpty(text) ? ImageCache.DefaultLimit
            : ByteSize.TryParse(text, out ByteSize limit) ? limit
            : throw new UsageException(command, $"{ImageCache.SizeVariable}=\"{text}\" is no size: give one such as 20g");
    }

    private static ImmutableRoot Parse(string text, string command) => ImmutableRoot.TryParse(text, out ImmutableRoot? immutable)
        ? immutable
        : throw new UsageException(command, $"invalid argument \"{text}\" for \"--digest\" flag: give one such as sha256:5891b5b5…, 32 hex digits or more");
}
