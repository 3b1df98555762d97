namespace Hearth.Containers;

/// <summary>A container that could not be prepared, started or kept; the message names the act, the object, the cause and the next step.</summary>
public sealed class RuntimeException(RuntimeError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public RuntimeError Error { get; } = error;

    /// <summary>The signal that made the caller give up; 0 where it was none.</summary>
    public int Signal { get; init; }

    /// <summary>The exit code that docker's conventions give this failure.</summary>
    public int ExitCode => Error switch
    {
        _ when Signal > 0 => ExitCodes.SignalBase + Signal,
        RuntimeError.CommandNotFound or RuntimeError.InterpreterNotFound or RuntimeError.WorkingDirectoryMissing => ExitCodes.CommandNotFound,
        RuntimeError.OutOfMemory => ExitCodes.Killed,
        RuntimeError.CommandNotExecutable => ExitCodes.CommandNotExecutable,
        _ => ExitCodes.OwnFailure,
    };
}
