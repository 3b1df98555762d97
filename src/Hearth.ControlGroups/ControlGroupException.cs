namespace Hearth.ControlGroups;

/// <summary>A failure of a container's control group; the message names the action, the object and the cause.</summary>
public sealed class ControlGroupException(ControlGroupError error, string message, Exception? cause = null) : Exception(message, cause)
{
    public ControlGroupError Error { get; } = error;
}
