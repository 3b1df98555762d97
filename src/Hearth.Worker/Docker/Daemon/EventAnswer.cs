using System.Text.Json.Serialization;
using Hearth.Records.Events;

namespace Hearth.Worker.Docker.Daemon;

/// <summary>
/// docker's event. Every version before 1.52 also has the members of the first events, which older clients such as docker-compose 1.29
/// read: <c>status</c> and <c>id</c> for containers and images, <c>from</c> for containers.
/// </summary>
internal sealed record EventAnswer
{
    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("from")]
    public string? From { get; init; }

    public required string Type { get; init; }

    public required string Action { get; init; }

    public required EventActor Actor { get; init; }

    [JsonPropertyName("scope")]
    public required string Scope { get; init; }

    [JsonPropertyName("time")]
    public required long TimeSeconds { get; init; }

    [JsonPropertyName("timeNano")]
    public required long TimeNanoseconds { get; init; }

    public static EventAnswer Of(ContainerEvent happened)
    {
        bool hasFirst = happened.Type is EventType.Container or EventType.Image;
        return new EventAnswer
        {
            Status = hasFirst ? happened.Action : null,
            Id = hasFirst ? happened.Actor.Id : null,
            From = happened.Type == EventType.Container ? happened.Actor.Attributes.GetValueOrDefault(EventAttribute.Image) : null,
            Type = happened.Type,
            Action = happened.Action,
            Actor = happened.Actor,
            Scope = happened.Scope,
            TimeSeconds = happened.TimeSeconds,
            TimeNanoseconds = happened.TimeNanoseconds,
        };
    }
}
