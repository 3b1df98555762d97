namespace Hearth.Client;

/// <summary>When a start was requested.</summary>
/// <param name="Requested">A timestamp of the clock: the zero of the run's phases.</param>
/// <param name="Queued">How long it has waited for its turn since then.</param>
public readonly record struct StartTiming(long Requested, TimeSpan Queued = default);
