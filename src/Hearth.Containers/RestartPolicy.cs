namespace Hearth.Containers;

/// <summary>When a container that has ended is started again. A daemon does it; without one, nothing does.</summary>
/// <param name="Condition">Which ends it concerns.</param>
/// <param name="MaximumRetries">How often in a row, for <see cref="RestartCondition.OnFailure"/>; 0 for no limit.</param>
public sealed record RestartPolicy(RestartCondition Condition, int MaximumRetries = 0)
{
    /// <summary>Whether a container that has ended is to be started again.</summary>
    /// <param name="state">Its last run's.</param>
    /// <param name="restarts">How often it was started again so far.</param>
    public bool Wants(ContainerState state, int restarts) => !state.StoppedByUser && Condition switch
    {
        RestartCondition.OnFailure => state.ExitCode != 0 && (MaximumRetries == 0 || restarts < MaximumRetries),
        _ => true,
    };

    /// <summary>Whether it is to be started again with the daemon, after both have ended.</summary>
    /// <param name="state">Its last run's.</param>
    public bool WantsWithDaemon(ContainerState state) => Condition == RestartCondition.Always || Wants(state, restarts: 0);
}

/// <summary>The ends after which a container is started again. A user's stop is none.</summary>
public enum RestartCondition
{
    /// <summary>Ends with another exit code than 0.</summary>
    OnFailure,

    /// <summary>All ends.</summary>
    UnlessStopped,

    /// <summary>All ends; with the daemon also after a user's stop.</summary>
    Always,
}
