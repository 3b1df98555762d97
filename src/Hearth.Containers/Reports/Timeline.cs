namespace Hearth.Containers.Reports;

/// <summary>Records the times of a run's phases. Safe for several threads, since phases overlap.</summary>
public sealed class Timeline
{
    private readonly Lock gate = new();
    private readonly List<Phase> phases = [];
    private readonly TimeProvider clock;
    private readonly long start;

    /// <param name="clock">The source of the time.</param>
    /// <param name="startTimestamp">When the run began, by the clock's <see cref="TimeProvider.GetTimestamp"/>.</param>
    public Timeline(TimeProvider clock, long startTimestamp)
    {
        this.clock = clock;
        start = startTimestamp;
    }

    public double NowMs => clock.GetElapsedTime(start).TotalMilliseconds;

    /// <summary>The phases recorded so far, by their start.</summary>
    public IReadOnlyList<Phase> Phases
    {
        get
        {
            lock (gate)
            {
                return [.. phases.OrderBy(phase => phase.StartMs)];
            }
        }
    }

    public void Add(string name, double startMs, double endMs)
    {
        lock (gate)
        {
            phases.Add(new Phase(name, Rounded(startMs), Rounded(Math.Max(0, endMs - startMs))));
        }
    }

    /// <summary>Starts a phase that ends when the result is disposed of, whether the work succeeds or not.</summary>
    public Measurement Measure(string name) => new(this, name, NowMs);

    /// <summary>Rounds to microseconds: smaller differences are noise.</summary>
    private static double Rounded(double milliseconds) => Math.Round(milliseconds, 3);

    /// <summary>A phase in progress.</summary>
    public readonly struct Measurement(Timeline timeline, string name, double startMs) : IDisposable
    {
        public void Dispose() => timeline.Add(name, startMs, timeline.NowMs);
    }
}
