using System.Text.Json.Serialization;

namespace Hearth.Machines.Kernel;

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KernelEntry))]
internal sealed partial class KernelJson : JsonSerializerContext;
