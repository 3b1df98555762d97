namespace Hearth.Images.Lazy;

/// <summary>What a run fetched of layers that the store did not have at its start.</summary>
/// <param name="Layers">How many these layers are.</param>
/// <param name="Bytes">All of their compressed bytes.</param>
/// <param name="MissingBytes">Compressed bytes of them that are not there yet.</param>
/// <param name="FetchedBytes">Compressed bytes that this run fetched.</param>
/// <param name="Waits">Reads that had to wait.</param>
/// <param name="Waited">The sum of these waits.</param>
/// <param name="IsHurried">Whether everything was fetched as fast as possible in the end.</param>
public sealed record FetchFigures(int Layers, long Bytes, long MissingBytes, long FetchedBytes, long Waits, TimeSpan Waited, bool IsHurried)
{
    /// <summary>Requests that the source answered.</summary>
    public required long Fetches { get; init; }

    /// <summary>By which durations requests are counted.</summary>
    public static IReadOnlyList<double> BoundsInSeconds { get; } = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>How many of them took at most each bound and longer than the one before, then those that took longer than all.</summary>
    public required IReadOnlyList<long> FetchCounts { get; init; }

    /// <summary>The sum of their durations.</summary>
    public required TimeSpan FetchTime { get; init; }

    /// <summary>Requests that failed.</summary>
    public required long FailedFetches { get; init; }
}
