using System.Text.Json.Serialization;

namespace Hearth.Rootfs.Cache;

/// <summary>An entry of the cache, for listings.</summary>
/// <param name="Key">64 hex digits.</param>
/// <param name="Kind"><c>plan</c>, <c>squashfs</c> or <c>ext4</c>.</param>
/// <param name="Source">The directory that it was first made from.</param>
/// <param name="Bytes">The space it occupies on the disk.</param>
/// <param name="Created">When it was made.</param>
/// <param name="LastUsed">When a container was last started with it.</param>
/// <param name="InUse">Whether a container runs with it at the moment.</param>
public sealed record CacheEntry(string Key, string Kind, string Source, long Bytes, DateTimeOffset Created, DateTimeOffset LastUsed, bool InUse);

/// <summary>The description stored beside an entry's data.</summary>
internal sealed record CacheDescription
{
    public required string Kind { get; init; }

    public required string Source { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>For a packed image: what was reported when it was packed.</summary>
    public RootfsBuild? Image { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CacheDescription))]
internal sealed partial class CacheJson : JsonSerializerContext;
