using System.Text.Json.Serialization;

namespace Hearth.Distribution.Sources.Registry.Settings.Files;

/// <summary>
/// What Hearth reads of a registries.conf (containers-registries.conf(5), version 2). Names without a host belong to
/// docker.io, as docker has it, so that unqualified-search-registries and aliases do not count.
/// </summary>
internal sealed record RegistriesFile
{
    [JsonPropertyName("registry")]
    public List<RegistryEntry> Registries { get; set; } = [];
}
