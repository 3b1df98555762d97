using System.Text.Json.Serialization;
using Hearth.Cli.Oci;
using Hearth.Runtime.Cache;
using Hearth.Runtime.Comparison;
using Hearth.Runtime.Diagnosis;
using Hearth.Runtime.Rootfs;

namespace Hearth.Cli.Rendering;

/// <summary>The JSON that commands write with <c>--format json</c>; scripts read its names.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<KernelRow>))]
[JsonSerializable(typeof(IReadOnlyList<HostNeed>))]
[JsonSerializable(typeof(IReadOnlyList<CacheEntry>))]
[JsonSerializable(typeof(PlanSummary))]
[JsonSerializable(typeof(DumpSummary))]
[JsonSerializable(typeof(RootfsBuild))]
[JsonSerializable(typeof(RootfsComparison))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(OciFeatures))]
internal sealed partial class CliJson : JsonSerializerContext;
