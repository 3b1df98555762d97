namespace Hearth.Records.Events;

/// <summary>Names of attributes that an event may have in addition to the container's labels, in docker's spelling.</summary>
public static class EventAttribute
{
    public const string Name = "name";

    /// <summary>The image or the root directory that the container was created from.</summary>
    public const string Image = "image";

    public const string ExitCode = "exitCode";
    public const string Signal = "signal";

    public const string ExecId = "execID";

    /// <summary>A container's name before it was renamed.</summary>
    public const string OldName = "oldName";

    /// <summary>For a network's event: the network's kind.</summary>
    public const string Type = "type";

    /// <summary>For an event of a volume or a network: the container that has it.</summary>
    public const string Container = "container";

    /// <summary>For the fetching of an image: why, for people.</summary>
    public const string Reason = "reason";

    /// <summary>For a volume's event: the mount point in the container. For a denied connection: the address or name.</summary>
    public const string Destination = "destination";

    /// <summary>For a denied connection: such as <c>tcp</c>; <c>dns</c> if the destination is a name that was not resolved.</summary>
    public const string Protocol = "protocol";

    /// <summary>For a denied connection: the port.</summary>
    public const string Port = "port";

    /// <summary>For a denied connection: how many packets or queries were denied until now.</summary>
    public const string Count = "count";

    /// <summary>For a commit: the new image's id, its name and the comment.</summary>
    public const string ImageId = "imageID";

    public const string ImageReference = "imageRef";
    public const string Comment = "comment";
}
