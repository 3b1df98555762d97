namespace Hearth.Containers;

/// <summary>
/// A container could not be prepared, started or kept running. The message names the act, the object, the cause and the next
/// step.
/// </summary>
public sealed class HearthException(HearthError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public HearthError Error { get; } = error;

    /// <summary>The signal that made the caller give up; 0 if there was none.</summary>
    public int Signal { get; init; }

    /// <summary>The exit code of this failure by docker's conventions.</summary>
    public int ExitCode => Error switch
    {
        _ when Signal > 0 => ExitCodes.SignalBase + Signal,
        HearthError.CommandNotFound or HearthError.InterpreterNotFound or HearthError.WorkingDirectoryMissing => ExitCodes.CommandNotFound,
        HearthError.OutOfMemory => ExitCodes.Killed,
        HearthError.CommandNotExecutable => ExitCodes.CommandNotExecutable,
        _ => ExitCodes.OwnFailure,
    };
}
