namespace Hearth.Containers;

/// <summary>Docker's conventions for the exit code of a container's run if it is not the workload's own.</summary>
public static class ExitCodes
{
    /// <summary>Hearth itself failed; the workload never ran, or its end is unknown.</summary>
    public const int OwnFailure = 125;

    public const int CommandNotExecutable = 126;

    public const int CommandNotFound = 127;

    /// <summary>Shells add this to the number of a signal that ended a command.</summary>
    public const int SignalBase = 128;

    /// <summary>SIGKILL, or its equivalent: the machine was killed, or ran out of memory.</summary>
    public const int Killed = SignalBase + Linux.Processes.SignalNumber.Kill;
}
