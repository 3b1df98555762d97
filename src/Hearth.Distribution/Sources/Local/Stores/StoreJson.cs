using System.Text.Json.Serialization;

namespace Hearth.Distribution.Sources.Local.Stores;

[JsonSourceGenerationOptions(MaxDepth = 32)]
[JsonSerializable(typeof(List<PodmanImageRecord>))]
[JsonSerializable(typeof(List<PodmanLayerRecord>))]
[JsonSerializable(typeof(TarSplitRecord))]
internal sealed partial class StoreJson : JsonSerializerContext;
