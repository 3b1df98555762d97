namespace Hearth.Machines;

/// <summary>A machine that could not be configured, started or steered; the message names the act, the object and the cause.</summary>
public sealed class MachineException(MachineError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public MachineError Error { get; } = error;
}
