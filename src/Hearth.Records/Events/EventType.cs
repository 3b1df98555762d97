namespace Hearth.Records.Events;

/// <summary>The types of objects that events are about, in docker's words.</summary>
public static class EventType
{
    public const string Container = "container";
    public const string Volume = "volume";
    public const string Network = "network";
    public const string Image = "image";
}
