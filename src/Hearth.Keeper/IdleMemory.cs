using Hearth.Linux.Memory;

namespace Hearth.Keeper;

/// <summary>
/// Keeps a keeper small while it has nothing to do, which is most of its life: when nothing was asked of it for a while, it gives
/// back the memory that the last thing took.
/// </summary>
internal sealed class IdleMemory : IDisposable
{
    private static readonly TimeSpan quiet = TimeSpan.FromSeconds(1);

    private readonly ITimer timer;

    public IdleMemory(TimeProvider clock) => timer = clock.CreateTimer(_ => GiveBack(), null, quiet, Timeout.InfiniteTimeSpan);

    public void Dispose() => timer.Dispose();

    /// <summary>Something is done now.</summary>
    public void Touch() => timer.Change(quiet, Timeout.InfiniteTimeSpan);

    private static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        ResidentMemory.Trim();
    }
}
