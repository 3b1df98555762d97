using System.Text.Json.Serialization;

namespace Hearth.Records.Events;

/// <summary>The container, volume, network or image of an event.</summary>
public sealed record EventActor
{
    /// <summary>The whole id of a container, network or image, or a volume's name; for a pull and a push the image's name, as docker has it.</summary>
    [JsonPropertyName("ID")]
    public required string Id { get; init; }

    /// <summary>Labels, and the attributes that <see cref="EventAttribute"/> names; sorted, as docker shows them.</summary>
    [JsonPropertyName("Attributes")]
    public required SortedDictionary<string, string> Attributes { get; init; }
}
