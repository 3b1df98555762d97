using System.Text.Json.Serialization;
using Hearth.Distribution.Manifests;
using Hearth.Rendering;
using Hearth.Worker.Docker.Containers;
using Hearth.Worker.Docker.Daemon;
using Hearth.Worker.Docker.Executions;
using Hearth.Worker.Docker.Images;
using Hearth.Worker.Docker.Networks;
using Hearth.Worker.Docker.Volumes;

namespace Hearth.Worker.Docker;

/// <summary>docker's objects, by their own names.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(TextMapConverter)])]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(VersionAnswer))]
[JsonSerializable(typeof(InfoAnswer))]
[JsonSerializable(typeof(EventAnswer))]
[JsonSerializable(typeof(CreateRequest))]
[JsonSerializable(typeof(CreateAnswer))]
[JsonSerializable(typeof(UpdateRequestBody))]
[JsonSerializable(typeof(WarningsAnswer))]
[JsonSerializable(typeof(WaitAnswer))]
[JsonSerializable(typeof(ContainerDetails))]
[JsonSerializable(typeof(IReadOnlyList<ContainerSummary>))]
[JsonSerializable(typeof(TopAnswer))]
[JsonSerializable(typeof(IReadOnlyList<ChangeAnswer>))]
[JsonSerializable(typeof(PruneAnswer))]
[JsonSerializable(typeof(ExecutionRequest))]
[JsonSerializable(typeof(ExecutionStart))]
[JsonSerializable(typeof(ExecutionCreated))]
[JsonSerializable(typeof(ExecutionDetails))]
[JsonSerializable(typeof(IReadOnlyList<ImageSummaryAnswer>))]
[JsonSerializable(typeof(ImageDetails))]
[JsonSerializable(typeof(IReadOnlyList<HistoryAnswer>))]
[JsonSerializable(typeof(IReadOnlyList<Dictionary<string, string>>))]
[JsonSerializable(typeof(ImagesPruneAnswer))]
[JsonSerializable(typeof(TransferLine))]
[JsonSerializable(typeof(RegistryLoginRequest))]
[JsonSerializable(typeof(RegistryLoginAnswer))]
[JsonSerializable(typeof(ProcessConfiguration))]
[JsonSerializable(typeof(CommitAnswer))]
[JsonSerializable(typeof(DiskUsageAnswer))]
[JsonSerializable(typeof(StatsAnswer))]
[JsonSerializable(typeof(PathAnswer))]
[JsonSerializable(typeof(IReadOnlyList<NetworkDetails>))]
[JsonSerializable(typeof(NetworkDetails))]
[JsonSerializable(typeof(NetworkCreateRequest))]
[JsonSerializable(typeof(NetworkCreated))]
[JsonSerializable(typeof(ConnectRequest))]
[JsonSerializable(typeof(DisconnectRequest))]
[JsonSerializable(typeof(NetworksPruneAnswer))]
[JsonSerializable(typeof(VolumeAnswer))]
[JsonSerializable(typeof(VolumesAnswer))]
[JsonSerializable(typeof(VolumeCreateRequest))]
[JsonSerializable(typeof(VolumesPruneAnswer))]
[JsonSerializable(typeof(BuildPruneAnswer))]
internal sealed partial class DockerJson : JsonSerializerContext;

/// <summary>docker's body of an error.</summary>
internal sealed record ErrorAnswer([property: JsonPropertyName("message")] string Message);
