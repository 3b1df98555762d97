using System.Text.Json.Serialization;

namespace Hearth.Rootfs.Cache;

/// <summary>Something in the cache, for people and programs.</summary>
/// <param name="Key">64 hex digits.</param>
/// <param name="Kind"><c>plan</c>, <c>squashfs</c> or <c>ext4</c>.</param>
/// <param name="Source">The directory that it was first made of.</param>
/// <param name="Bytes">What it takes on the disk.</param>
/// <param name="Created">When it was made.</param>
/// <param name="LastUsed">When a container was last started with it.</param>
/// <param name="InUse">Whether one runs with it now.</param>
public sealed record CacheEntry(string Key, string Kind, string Source, long Bytes, DateTimeOffset Created, DateTimeOffset LastUsed, bool InUse);

/// <summary>What stands beside an entry's data.</summary>
internal sealed record CacheDescription
{
    public required string Kind { get; init; }

    public required string Source { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Of a packed image: what was told of it when it was made.</summary>
    public RootfsBuild? Image { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CacheDescription))]
internal sealed partial class CacheJson : JsonSerializerContext;
