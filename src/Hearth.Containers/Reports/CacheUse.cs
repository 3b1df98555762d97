using System.Text.Json.Serialization;

namespace Hearth.Containers.Reports;

/// <summary>What a cache did for a root.</summary>
public enum CacheUse
{
    /// <summary>There was none to be used.</summary>
    [JsonStringEnumMemberName("off")]
    Off,

    /// <summary>It did not know the root.</summary>
    [JsonStringEnumMemberName("miss")]
    Miss,

    /// <summary>It had what was needed.</summary>
    [JsonStringEnumMemberName("hit")]
    Hit,
}
