using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's structured mount. What no member is for is in the <c>Others</c> of it and of its parts.</summary>
internal sealed record MountRequest
{
    public string? Type { get; init; }

    public string? Source { get; init; }

    public string? Target { get; init; }

    public bool ReadOnly { get; init; }

    public BindRequest? BindOptions { get; init; }

    public VolumeRequest? VolumeOptions { get; init; }

    public TmpfsRequest? TmpfsOptions { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    /// <summary>Members of it and of its parts that no member is for.</summary>
    [JsonIgnore]
    public IEnumerable<KeyValuePair<string, JsonElement>> AllOthers =>
    [
        .. Others ?? [], .. BindOptions?.Others ?? [], .. VolumeOptions?.Others ?? [], .. VolumeOptions?.DriverConfig?.Others ?? [], .. TmpfsOptions?.Others ?? [],
    ];
}

internal sealed record BindRequest
{
    public string? Propagation { get; init; }

    public bool NonRecursive { get; init; }

    public bool CreateMountpoint { get; init; }

    public bool ReadOnlyForceRecursive { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

internal sealed record VolumeRequest
{
    public bool NoCopy { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public VolumeDriverRequest? DriverConfig { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

internal sealed record VolumeDriverRequest
{
    public string? Name { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

internal sealed record TmpfsRequest
{
    public long? SizeBytes { get; init; }

    public int? Mode { get; init; }

    /// <summary>A flag alone, or a name with its value.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Options { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}
