namespace Hearth.Machines;

/// <summary>A machine could not be configured, started or controlled; the message names the action, the object and the cause.</summary>
public sealed class MachineException(MachineError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public MachineError Error { get; } = error;
}
