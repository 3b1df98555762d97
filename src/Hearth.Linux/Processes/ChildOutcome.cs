namespace Hearth.Linux.Processes;

/// <summary>How far a child came with its script.</summary>
/// <param name="Step">The step it ended with.</param>
/// <param name="Failure">The call that failed; null where none did.</param>
public sealed record ChildOutcome(int Step, LinuxException? Failure)
{
    /// <summary>It has become another program. False without a failure: something ended it on the way.</summary>
    public bool HasExecuted { get; init; }

    /// <summary>The programs that it could not become, in the order tried.</summary>
    public IReadOnlyList<(string File, Errno Errno)> Executions { get; init; } = [];
}
