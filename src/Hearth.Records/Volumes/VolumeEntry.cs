using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hearth.Records.Volumes;

/// <summary>A named volume, for listings.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Disk">The file that holds it: a sparse image with an ext4 file system.</param>
/// <param name="SizeInBytes">The largest size it can reach.</param>
/// <param name="UsedBytes">The space it occupies on the host's disk.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Labels">Labels given at its creation.</param>
/// <param name="IsAnonymous">Whether its name was generated.</param>
/// <param name="InUse">Whether a container uses it at the moment.</param>
public sealed record VolumeEntry(
    string Name, string Disk, long SizeInBytes, long UsedBytes, DateTimeOffset CreatedAt,
    IReadOnlyDictionary<string, string> Labels, bool IsAnonymous, bool InUse)
{
    /// <summary>The options given at its creation, such as <c>size</c>.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();
}

/// <summary>The content of a volume's description file.</summary>
internal sealed record VolumeDescription
{
    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public bool IsAnonymous { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Options { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    public static VolumeDescription? Parse(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, VolumeJson.Default.VolumeDescription);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, VolumeJson.Default.VolumeDescription);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(VolumeDescription))]
internal sealed partial class VolumeJson : JsonSerializerContext;
