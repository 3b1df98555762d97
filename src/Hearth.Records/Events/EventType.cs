namespace Hearth.Records.Events;

/// <summary>What an event is about, in docker's words.</summary>
public static class EventType
{
    public const string Container = "container";
    public const string Volume = "volume";
}
