using System.Text.Json.Serialization;
using Hearth.OciRuntime;

namespace Hearth.Cli.Oci;

/// <summary>The JSON that engines read; it omits missing members.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(EngineState))]
[JsonSerializable(typeof(IReadOnlyList<EngineState>))]
[JsonSerializable(typeof(IReadOnlyList<int>))]
internal sealed partial class OciJson : JsonSerializerContext;
