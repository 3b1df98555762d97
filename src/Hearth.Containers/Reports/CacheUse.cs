using System.Text.Json.Serialization;

namespace Hearth.Containers.Reports;

/// <summary>How the cache was used for a root.</summary>
public enum CacheUse
{
    /// <summary>No cache was used.</summary>
    [JsonStringEnumMemberName("off")]
    Off,

    /// <summary>The cache did not have the root.</summary>
    [JsonStringEnumMemberName("miss")]
    Miss,

    /// <summary>The cache had the root.</summary>
    [JsonStringEnumMemberName("hit")]
    Hit,
}
