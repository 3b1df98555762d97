using Hearth.Containers;

namespace Hearth.Records.Logs;

/// <summary>
/// Lets a number of bytes pass each second and counts what it drops. A second begins with the first bytes after the previous
/// one. Once something is dropped, everything is dropped until the second is over, so that there is only one gap. Guarded by
/// the log's own lock.
/// </summary>
internal sealed class RateLimit : IDisposable
{
    private static readonly TimeSpan windowLength = TimeSpan.FromSeconds(1);

    private readonly long bytesPerWindow;
    private readonly TimeProvider clock;
    private readonly ITimer timer;
    private readonly string reason;
    private long windowBegan;
    private long passed;
    private bool isOpen;
    private bool isShut;

    /// <param name="rate">Bytes of output per second.</param>
    /// <param name="clock">Measures the second.</param>
    /// <param name="over">Called after a second in which something was dropped; not under the lock.</param>
    public RateLimit(ByteSize rate, TimeProvider clock, Action over)
    {
        bytesPerWindow = rate.Bytes;
        this.clock = clock;
        reason = $"above {LogOptions.MaxRateOption}, {rate} a second";
        timer = clock.CreateTimer(_ => over(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public LogLoss Dropped { get; } = new();

    /// <summary>Whether a piece of output may be logged. A piece larger than the limit passes at the beginning of a second.</summary>
    public bool TryPass(LineState line, int bytes, bool endsLine)
    {
        if (!isOpen || clock.GetElapsedTime(windowBegan) >= windowLength)
        {
            isOpen = true;
            isShut = false;
            windowBegan = clock.GetTimestamp();
            passed = 0;
        }

        if (!isShut && (passed == 0 || passed + bytes <= bytesPerWindow))
        {
            passed += bytes;
            line.IsDropped = false;
            return true;
        }

        Shut();
        Dropped.Add(line.IsDropped ? 0 : 1, bytes, reason);
        line.IsBegun = false;
        line.IsDropped = !endsLine;
        return false;
    }

    public void Dispose() => timer.Dispose();

    private void Shut()
    {
        if (!isShut)
        {
            isShut = true;
            timer.Change(windowLength - clock.GetElapsedTime(windowBegan), Timeout.InfiniteTimeSpan);
        }
    }
}
