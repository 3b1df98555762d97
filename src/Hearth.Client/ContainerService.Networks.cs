using Hearth.Containers;
using Hearth.Records;

namespace Hearth.Client;

/// <content>The networks of containers that do not run: a running machine cannot get another interface.</content>
public sealed partial class ContainerService
{
    /// <summary>Connects a container to a network, from its next start.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="place">Its place in the network, which exists.</param>
    /// <param name="cancellationToken">Ends the wait; nothing has changed then.</param>
    /// <exception cref="HearthException">The container runs, has the network, or has a network mode without networks of Hearth.</exception>
    public Task ConnectAsync(string id, NetworkPlacement place, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "connect", ChangeNetworksAsync(id, "connect", network => network.With(place), cancellationToken));

    /// <summary>Disconnects a container from a network, from its next start. Without any, it has only loopback.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="cancellationToken">Ends the wait; nothing has changed then.</param>
    /// <exception cref="HearthException">The container runs, or does not have the network.</exception>
    public Task DisconnectAsync(string id, string network, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "disconnect", ChangeNetworksAsync(id, "disconnect", options => options.Without(network), cancellationToken));

    private async Task ChangeNetworksAsync(string id, string act, Func<NetworkOptions, NetworkOptions> change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ContainerHold? hold = await HoldUnlessKeptAsync(id, act, cancellationToken).ConfigureAwait(false);
        if (hold is null)
        {
            throw new HearthException(
                HearthError.WrongState, $"cannot {act} container '{Read(id).Name}': it runs, and a running machine's interfaces cannot change; stop it first ('hearth stop'), then start it again");
        }

        store.ChangeDescription(id, description => description with { Network = change(description.Network) });
    }
}
