namespace Hearth.Containers;

/// <summary>Where a cache of prepared images is, and how large it may become.</summary>
/// <param name="Path">Its directory.</param>
/// <param name="Limit">The most disk space it may occupy.</param>
public sealed record CacheSettings(string Path, ByteSize Limit)
{
    /// <summary>The variable of the limit.</summary>
    public const string SizeVariable = "HEARTH_CACHE_SIZE";

    public static ByteSize DefaultLimit { get; } = new(10L << 30);

    /// <param name="directories">Where Hearth stores its data.</param>
    /// <param name="limit">The limit that a user chose; null for that of the environment.</param>
    /// <param name="find">Finds a variable of the environment.</param>
    /// <exception cref="HearthException">The variable is not a size.</exception>
    public static CacheSettings Resolve(HearthDirectories directories, ByteSize? limit, Func<string, string?> find) =>
        new(directories.Cache, limit ?? OfEnvironment(find(SizeVariable)));

    private static ByteSize OfEnvironment(string? text) => string.IsNullOrEmpty(text) ? DefaultLimit
        : ByteSize.TryParse(text, out ByteSize size) ? size
        : throw new HearthException(HearthError.InvalidRequest, $"{SizeVariable}=\"{text}\" is not a size: give one such as 20g");
}
