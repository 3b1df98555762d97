namespace Hearth.Worker.Docker.Restarts;

/// <summary>What the daemon knows of a container's restarts.</summary>
/// <param name="Count">How often it was started again since a client started it.</param>
/// <param name="IsWaiting">Whether it has ended, and is about to be started again.</param>
internal readonly record struct RestartState(int Count, bool IsWaiting)
{
    /// <summary>docker's status of a container that waits for its next start.</summary>
    public const string Word = "restarting";
}
