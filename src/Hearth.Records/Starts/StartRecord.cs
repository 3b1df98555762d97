using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Containers.Reports;

namespace Hearth.Records.Starts;

/// <summary>A start of a container: recorded when its process runs, and again with all that is known when the run has ended.</summary>
/// <param name="Id">The container's whole id.</param>
/// <param name="Name">The container's name.</param>
/// <param name="Image">The image or the root directory that it was created from.</param>
/// <param name="RequestedAt">When the start was requested: the zero of the report's phases.</param>
/// <param name="RecordedAt">When this record was written.</param>
/// <param name="Stage">What the report covers.</param>
/// <param name="Report">Its exit code is 0 as long as the process runs.</param>
public sealed record StartRecord(string Id, string Name, string Image, DateTimeOffset RequestedAt, DateTimeOffset RecordedAt, StartStage Stage, RunReport Report)
{
    /// <summary>One line of JSON without its line end.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, StartJson.Default.StartRecord);

    /// <summary>Reads a record; null if the line is not one.</summary>
    internal static StartRecord? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, StartJson.Default.StartRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>How far a start has come.</summary>
public enum StartStage
{
    /// <summary>The process runs.</summary>
    [JsonStringEnumMemberName("started")]
    Started,

    /// <summary>The run has ended, also one whose process never ran.</summary>
    [JsonStringEnumMemberName("ended")]
    Ended,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StartRecord))]
internal sealed partial class StartJson : JsonSerializerContext;
