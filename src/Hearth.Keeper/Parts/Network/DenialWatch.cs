using Hearth.Containers.Reports;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// Reports destinations that a container is denied, each once in <see cref="quiet"/> and few at once, whatever the container
/// does. A container that sends nothing costs next to nothing.
/// </summary>
/// <param name="control">Lists them.</param>
/// <param name="networks">The container's networks.</param>
/// <param name="policy">Counts the names.</param>
/// <param name="report">Receives each.</param>
/// <param name="clock">Measures the intervals, by its timestamps: the host's time may be set meanwhile.</param>
internal sealed class DenialWatch(IContainerNetwork control, IReadOnlyList<IPolicyNetwork> networks, ContainerPolicy policy, Action<DeniedConnection> report, TimeProvider clock)
    : IAsyncDisposable
{
    private const int MostReportsAtOnce = 10;

    private static readonly TimeSpan interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan quiet = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan remembered = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource stop = new();
    private readonly Dictionary<(string Destination, string Protocol, int Port), (long Count, long At)> reported = [];
    private Task watching = Task.CompletedTask;

    public DenialWatch Start()
    {
        watching = WatchAsync();
        return this;
    }

    /// <summary>What the last look saw, if it was the one at the end; null if there was nothing new to see.</summary>
    public NetworkReport? Last { get; private set; }

    /// <summary>Looks a last time, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(interval, clock);
        long seen = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false))
            {
                seen = LookIfBusy(seen);
            }
        }
        catch (OperationCanceledException)
        {
            Last = null;
            LookIfBusy(seen);
        }
    }

    private long LookIfBusy(long seen)
    {
        try
        {
            long sent = policy.Refused.Sum(refused => refused.Count) + networks.Sum(network => (long)network.CountSent());
            if (sent != seen)
            {
                Look();
            }

            return sent;
        }
        catch (Exception failure) when (failure is NetworkException or Linux.LinuxException)
        {
            // Somebody has removed the table or the tap: the next look may find them again.
            return seen;
        }
    }

    private void Look()
    {
        long now = clock.GetTimestamp();
        Last = control.Observe();
        foreach (DeniedConnection denied in Last.Denied.Where(denied => IsNew(denied, now)).Take(MostReportsAtOnce).ToArray())
        {
            reported[KeyOf(denied)] = (denied.Count, now);
            report(denied);
        }

        foreach ((var key, _) in reported.Where(entry => clock.GetElapsedTime(entry.Value.At, now) > remembered).ToArray())
        {
            reported.Remove(key);
        }
    }

    private bool IsNew(DeniedConnection denied, long now) =>
        !reported.TryGetValue(KeyOf(denied), out (long Count, long At) last) || (denied.Count > last.Count && clock.GetElapsedTime(last.At, now) >= quiet);

    private static (string Destination, string Protocol, int Port) KeyOf(DeniedConnection denied) => (denied.Destination, denied.Protocol, denied.Port);
}
