using System.Globalization;

namespace Hearth.Containers;

/// <summary>When a container that has ended is started again. A daemon does it; without one, nothing does.</summary>
/// <param name="Condition">Which ends it concerns.</param>
/// <param name="MaximumRetries">How often in a row, for <see cref="RestartCondition.OnFailure"/>; 0 for no limit.</param>
public sealed record RestartPolicy(RestartCondition Condition, int MaximumRetries = 0)
{
    /// <summary>Reads docker's words: <c>no</c>, <c>always</c>, <c>unless-stopped</c> or <c>on-failure[:RETRIES]</c>.</summary>
    /// <returns>Null for <c>no</c>.</returns>
    /// <exception cref="FormatException">It is none of them.</exception>
    public static RestartPolicy? Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        int retries = 0;
        bool isCount = parts.Length == 1 || (parts[0] == "on-failure" && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out retries));
        return (isCount ? parts[0] : "") switch
        {
            "no" => null,
            "always" => new RestartPolicy(RestartCondition.Always),
            "unless-stopped" => new RestartPolicy(RestartCondition.UnlessStopped),
            "on-failure" => new RestartPolicy(RestartCondition.OnFailure, retries),
            _ => throw new FormatException($"'{text}' is not a restart policy: give no, always, unless-stopped or on-failure[:RETRIES]"),
        };
    }

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
