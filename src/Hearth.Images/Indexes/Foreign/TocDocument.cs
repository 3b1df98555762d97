using System.Text.Json.Serialization;

namespace Hearth.Images.Indexes.Foreign;

/// <summary>
/// The table of contents in a layer of eStargz (stargz-snapshotter, docs/estargz.md) or zstd:chunked (containers-storage, pkg/chunked),
/// in JSON. It lists the archive's entries in their order.
/// </summary>
internal sealed record TocDocument
{
    public int Version { get; init; }

    public IReadOnlyList<TocEntry?>? Entries { get; init; }
}

/// <summary>An entry of the archive, or of type <c>chunk</c>: a further chunk of the file before it.</summary>
internal sealed record TocEntry
{
    public string? Name { get; init; }

    public string? Type { get; init; }

    /// <summary>Of a file, in bytes.</summary>
    public long Size { get; init; }

    public string? LinkName { get; init; }

    public long Mode { get; init; }

    public long Uid { get; init; }

    public long Gid { get; init; }

    /// <summary>RFC 3339.</summary>
    [JsonPropertyName("modtime")]
    public string? ModifiedText { get; init; }

    public long DevMajor { get; init; }

    public long DevMinor { get; init; }

    /// <summary>By their full names; base64.</summary>
    public IReadOnlyDictionary<string, byte[]?>? Xattrs { get; init; }

    /// <summary>Of a whole file.</summary>
    public string? Digest { get; init; }

    /// <summary>Where the gzip member or zstd frame with the chunk begins in the compressed layer.</summary>
    public long Offset { get; init; }

    /// <summary>The chunk's first byte in that member. Members with several chunks are not supported.</summary>
    public long InnerOffset { get; init; }

    /// <summary>The chunk's place in its file.</summary>
    public long ChunkOffset { get; init; }

    /// <summary>In bytes; 0 for all that follows.</summary>
    public long ChunkSize { get; init; }

    /// <summary>Of the uncompressed chunk; a file's only chunk may have none.</summary>
    public string? ChunkDigest { get; init; }
}

/// <summary>Reads tables of contents without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TocDocument))]
internal sealed partial class TocJson : JsonSerializerContext;
