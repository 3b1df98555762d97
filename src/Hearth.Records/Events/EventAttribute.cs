namespace Hearth.Records.Events;

/// <summary>Names of attributes that an event may have beside the container's labels, in docker's spelling.</summary>
public static class EventAttribute
{
    public const string Name = "name";

    /// <summary>The image, or the root directory, that the container was made of.</summary>
    public const string Image = "image";

    public const string ExitCode = "exitCode";
    public const string Signal = "signal";

    public const string ExecId = "execID";

    /// <summary>A container's name before it was renamed.</summary>
    public const string OldName = "oldName";

    /// <summary>Of a volume's event: the container that it is mounted in.</summary>
    public const string Container = "container";

    /// <summary>Of a volume's event: where in the container.</summary>
    public const string Destination = "destination";
}
