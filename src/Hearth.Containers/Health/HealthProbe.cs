namespace Hearth.Containers.Health;

/// <summary>The result of one check.</summary>
/// <param name="Start">When it began.</param>
/// <param name="End">When it ended.</param>
/// <param name="ExitCode">0 for a healthy container; <see cref="NotEnded"/> if the command did not run or did not end in time.</param>
/// <param name="Output">What it printed, up to <see cref="MostOutputBytes"/> bytes; or why it did not end.</param>
public sealed record HealthProbe(DateTimeOffset Start, DateTimeOffset End, int ExitCode, string Output)
{
    public const int NotEnded = -1;

    /// <summary>docker's limit.</summary>
    public const int MostOutputBytes = 4096;
}
