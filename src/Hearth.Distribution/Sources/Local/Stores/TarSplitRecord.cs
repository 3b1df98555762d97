using System.Text.Json.Serialization;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>A line of a tar-split file (vbatts/tar-split, tar/storage/entry.go): a part of an archive.</summary>
internal sealed record TarSplitRecord
{
    /// <summary>The content of a file of the layer.</summary>
    public const int File = 1;

    /// <summary>Bytes of the archive itself: headers and padding.</summary>
    public const int Segment = 2;

    [JsonPropertyName("type")]
    public int Type { get; init; }

    /// <summary>The file's name in the archive; its bytes are in <see cref="RawName"/> if they are not UTF-8.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("name_raw")]
    public byte[]? RawName { get; init; }

    /// <summary>Of a file, in bytes.</summary>
    [JsonPropertyName("size")]
    public long Size { get; init; }

    /// <summary>A segment's bytes; of a file, a checksum.</summary>
    [JsonPropertyName("payload")]
    public byte[]? Payload { get; init; }
}
