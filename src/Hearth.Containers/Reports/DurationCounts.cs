namespace Hearth.Containers.Reports;

/// <summary>How long operations took. Members of all reports can be added up.</summary>
/// <param name="BoundsInSeconds">Ascending.</param>
/// <param name="Counts">
/// One more than the bounds: the operations that took at most each bound and longer than the one before, then those that took
/// longer than all.
/// </param>
/// <param name="TotalSeconds">The sum of all durations.</param>
public sealed record DurationCounts(IReadOnlyList<double> BoundsInSeconds, IReadOnlyList<long> Counts, double TotalSeconds);
