using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hearth.Firecracker.Api;

/// <summary>The API's JSON: names in snake case, null members omitted. Firecracker rejects members that it does not know.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Balloon))]
[JsonSerializable(typeof(BalloonStatistics))]
[JsonSerializable(typeof(BalloonStatisticsUpdate))]
[JsonSerializable(typeof(BalloonUpdate))]
[JsonSerializable(typeof(BootSource))]
[JsonSerializable(typeof(CpuConfig))]
[JsonSerializable(typeof(Drive))]
[JsonSerializable(typeof(DriveUpdate))]
[JsonSerializable(typeof(EntropyDevice))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(FullVmConfiguration))]
[JsonSerializable(typeof(InstanceAction))]
[JsonSerializable(typeof(InstanceInfo))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(Logger))]
[JsonSerializable(typeof(MachineConfig))]
[JsonSerializable(typeof(MachineConfigUpdate))]
[JsonSerializable(typeof(Metrics))]
[JsonSerializable(typeof(MmdsConfig))]
[JsonSerializable(typeof(NetworkInterface))]
[JsonSerializable(typeof(NetworkInterfaceUpdate))]
[JsonSerializable(typeof(SnapshotCreate))]
[JsonSerializable(typeof(SnapshotLoad))]
[JsonSerializable(typeof(VersionAnswer))]
[JsonSerializable(typeof(VmUpdate))]
[JsonSerializable(typeof(Vsock))]
internal sealed partial class ApiJson : JsonSerializerContext;
