using System.Text.Json.Serialization;
using Hearth.Network;
using Hearth.Network.Cni;

namespace Hearth.Records.Recovery;

/// <summary>The content of a file of <see cref="CniPlaces"/>.</summary>
/// <param name="Boot">The boot of the host in which the place was taken, <see cref="Hearth.Containers.HostBoot"/>.</param>
/// <param name="Record">The place.</param>
internal sealed record CniPlace(string Boot, CniRecord Record)
{
    /// <summary>How often its release failed because a plugin hung.</summary>
    public int Hangs { get; init; }

    /// <summary>Before this time, its release is not tried again; null for at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true, IgnoreReadOnlyProperties = true, Converters = [typeof(AddressConverter)])]
[JsonSerializable(typeof(CniPlace))]
internal sealed partial class CniPlacesJson : JsonSerializerContext;
