using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Network;
using Hearth.Records;
using Hearth.Records.Networks;
using Hearth.Records.Volumes;

namespace Hearth.Client;

/// <summary>What a worker and its clients exchange of containers, networks and volumes; the members of records are those on the disk.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(AddressConverter)])]
[JsonSerializable(typeof(IReadOnlyList<ContainerEntry>))]
[JsonSerializable(typeof(ContainerDescription))]
[JsonSerializable(typeof(ResourcesSpec))]
[JsonSerializable(typeof(IReadOnlyList<NetworkEntry>))]
[JsonSerializable(typeof(NetworkDetail))]
[JsonSerializable(typeof(NetworkRequest))]
[JsonSerializable(typeof(SelectedNetworks))]
[JsonSerializable(typeof(IReadOnlyList<VolumeEntry>))]
[JsonSerializable(typeof(VolumeRequest))]
[JsonSerializable(typeof(IReadOnlyList<DiskUse>))]
[JsonSerializable(typeof(SystemInformation))]
public sealed partial class ClientJson : JsonSerializerContext;
