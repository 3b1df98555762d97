namespace Hearth.Containers;

/// <summary>Where a cache of prepared images is, and how large it may become.</summary>
/// <param name="Path">Its directory.</param>
/// <param name="Limit">The most disk space it may occupy.</param>
public sealed record CacheSettings(string Path, ByteSize Limit);
