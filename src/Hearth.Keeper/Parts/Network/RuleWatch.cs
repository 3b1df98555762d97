using Hearth.Linux;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network;

/// <summary>
/// Restores a running container's network if another program flushes nftables or deletes a bridge: the tap's place, protection,
/// ports, limits and policy. A look takes some microseconds and starts nothing.
/// </summary>
/// <param name="networks">The container's networks.</param>
/// <param name="policy">Its policy.</param>
/// <param name="clock">Measures the interval.</param>
internal sealed class RuleWatch(IReadOnlyList<IPolicyNetwork> networks, ContainerPolicy policy, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>Without rules, a container reaches what its policy forbids, so this is short.</summary>
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stop = new();
    private Task watching = Task.CompletedTask;
    private bool isPolicyLost;

    /// <summary>How often something was restored.</summary>
    public int Restorations { get; private set; }

    public RuleWatch Start()
    {
        watching = WatchAsync();
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(interval, clock);
        while (await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false))
        {
            try
            {
                Look();
            }
            catch (Exception failure) when (failure is NetworkException or LinuxException)
            {
                // Somebody is still at work there, or the host cannot have the network any more: the next look tries again.
            }
        }
    }

    private void Look()
    {
        foreach (IPolicyNetwork network in networks.Where(network => !network.IsIntact()))
        {
            network.Restore();
            isPolicyLost = true;
        }

        if (isPolicyLost)
        {
            policy.Restore();
            isPolicyLost = false;
            Restorations++;
        }
    }
}
