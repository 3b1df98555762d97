using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hearth.Records.Events;

/// <summary>An event of a container, a volume, a network or an image; its JSON form is docker's event.</summary>
public sealed record ContainerEvent
{
    private const string HostScope = "local";
    private const long NanosecondsPerTick = 100;

    /// <summary>One of <see cref="EventType"/>.</summary>
    [JsonPropertyName("Type")]
    public required string Type { get; init; }

    /// <summary>One of <see cref="EventAction"/>.</summary>
    [JsonPropertyName("Action")]
    public required string Action { get; init; }

    [JsonPropertyName("Actor")]
    public required EventActor Actor { get; init; }

    /// <summary>Always this host; other values exist only in docker's cluster events.</summary>
    [JsonPropertyName("scope")]
    public string Scope { get; init; } = HostScope;

    /// <summary>Seconds since 1970.</summary>
    [JsonPropertyName("time")]
    public required long TimeSeconds { get; init; }

    /// <summary>Nanoseconds since 1970, in steps of 100.</summary>
    [JsonPropertyName("timeNano")]
    public required long TimeNanoseconds { get; init; }

    [JsonIgnore]
    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks(TimeNanoseconds / NanosecondsPerTick);

    /// <param name="type">One of <see cref="EventType"/>.</param>
    /// <param name="action">One of <see cref="EventAction"/>.</param>
    /// <param name="id">As <see cref="EventActor.Id"/>.</param>
    /// <param name="time">The time of the event.</param>
    /// <param name="attributes">Copied. The last value of a name counts, so labels come first.</param>
    public static ContainerEvent Of(
        string type, string action, string id, DateTimeOffset time, params IEnumerable<KeyValuePair<string, string>> attributes)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in attributes)
        {
            sorted[name] = value;
        }

        return new ContainerEvent
        {
            Type = type,
            Action = action,
            Actor = new EventActor { Id = id, Attributes = sorted },
            TimeSeconds = time.ToUnixTimeSeconds(),
            TimeNanoseconds = (time - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick,
        };
    }

    /// <summary>One line of JSON without its line end.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, EventJson.Default.ContainerEvent);

    /// <summary>Reads an event; null if the line is not one.</summary>
    public static ContainerEvent? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, EventJson.Default.ContainerEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ContainerEvent))]
internal sealed partial class EventJson : JsonSerializerContext;
