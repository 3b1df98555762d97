namespace Hearth.Linux.Processes;

/// <summary>How far a child got in its script.</summary>
/// <param name="Step">The last step that the child took.</param>
/// <param name="Failure">The call that failed; null if none did.</param>
public sealed record ChildOutcome(int Step, LinuxException? Failure)
{
    /// <summary>
    /// True if the child has executed a program. False without a failure means that something ended the child before.
    /// </summary>
    public bool HasExecuted { get; init; }

    /// <summary>The programs that could not be executed, in the order tried.</summary>
    public IReadOnlyList<(string File, Errno Errno)> Executions { get; init; } = [];
}
