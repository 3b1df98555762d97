using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Keeper.Comparison;
using Hearth.Keeper.Diagnosis;
using Hearth.Records.Volumes;
using Hearth.Rootfs;
using Hearth.Rootfs.Cache;

namespace Hearth.Rendering;

/// <summary>The JSON that commands write with <c>--format json</c>; scripts read its names.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<KernelRow>))]
[JsonSerializable(typeof(IReadOnlyList<HostNeed>))]
[JsonSerializable(typeof(IReadOnlyList<CacheEntry>))]
[JsonSerializable(typeof(IReadOnlyList<VolumeEntry>))]
[JsonSerializable(typeof(ImageTreeView))]
[JsonSerializable(typeof(PlanSummary))]
[JsonSerializable(typeof(PolicyView))]
[JsonSerializable(typeof(DumpSummary))]
[JsonSerializable(typeof(RootfsBuild))]
[JsonSerializable(typeof(RootfsComparison))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(OciFeatures))]
public sealed partial class OutputJson : JsonSerializerContext
{
    /// <summary>Rows of tables, an object a line, with docker's names.</summary>
    public static RowJson Lines => RowJson.Default;

    /// <summary>The output of <c>inspect</c>, with docker's names.</summary>
    public static ViewJson Views => ViewJson.Default;
}

/// <summary>See <see cref="OutputJson.Lines"/>.</summary>
[JsonSerializable(typeof(ContainerRow))]
[JsonSerializable(typeof(ContextRow))]
[JsonSerializable(typeof(StatsRow))]
[JsonSerializable(typeof(NetworkRow))]
[JsonSerializable(typeof(UseRow))]
[JsonSerializable(typeof(ImageRow))]
[JsonSerializable(typeof(HistoryRow))]
[JsonSerializable(typeof(IndexRow))]
[JsonSerializable(typeof(DamageRow))]
[JsonSerializable(typeof(TraceRow))]
[JsonSerializable(typeof(ProgressLineView))]
public sealed partial class RowJson : JsonSerializerContext;

/// <summary>See <see cref="OutputJson.Views"/>.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, WriteIndented = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(List<ContainerView>))]
[JsonSerializable(typeof(ContainerView))]
[JsonSerializable(typeof(SystemView))]
[JsonSerializable(typeof(List<ContextView>))]
[JsonSerializable(typeof(ContextView))]
[JsonSerializable(typeof(List<NetworkDetails>))]
[JsonSerializable(typeof(NetworkDetails))]
[JsonSerializable(typeof(List<ImageView>))]
[JsonSerializable(typeof(ImageView))]
[JsonSerializable(typeof(VolumeView))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(List<JsonElement>))]
public sealed partial class ViewJson : JsonSerializerContext;
