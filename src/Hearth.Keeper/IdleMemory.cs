using Hearth.Linux.Memory;

namespace Hearth.Keeper;

/// <summary>
/// Keeps an idle keeper small, since a keeper is idle for most of its life. After a while without a request, it releases the
/// memory that the last one used.
/// </summary>
internal sealed class IdleMemory : IDisposable
{
    private static readonly TimeSpan quiet = TimeSpan.FromSeconds(1);

    private readonly ITimer timer;

    public IdleMemory(TimeProvider clock) => timer = clock.CreateTimer(_ => Release(), null, quiet, Timeout.InfiniteTimeSpan);

    public void Dispose() => timer.Dispose();

    /// <summary>Reports activity, and restarts the wait for an idle period.</summary>
    public void Touch() => timer.Change(quiet, Timeout.InfiniteTimeSpan);

    private static void Release()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        ResidentMemory.Trim();
    }
}
