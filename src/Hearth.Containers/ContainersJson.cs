using System.Text.Json.Serialization;

namespace Hearth.Containers;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true, IgnoreReadOnlyProperties = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerDescription))]
[JsonSerializable(typeof(ContainerState))]
public sealed partial class ContainersJson : JsonSerializerContext;
