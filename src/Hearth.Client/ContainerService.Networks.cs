using Hearth.Containers;
using Hearth.Control;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Networks;

namespace Hearth.Client;

/// <content>The networks of containers: those that a container has, what passed them, and the egress policy.</content>
public sealed partial class ContainerService
{
    /// <summary>
    /// Replaces the egress policy of a container for its next starts. If it runs, also at once: connections that the new policy
    /// forbids are cut, others go on.
    /// </summary>
    /// <param name="id">The full id.</param>
    /// <param name="rules">The whole new policy.</param>
    /// <param name="cancellationToken">Ends the wait; after the request was sent, the policy changes nevertheless.</param>
    /// <exception cref="HearthException">An entry is invalid, or the container has no network that can have a policy.</exception>
    public Task ConfineAsync(string id, EgressRules rules, CancellationToken cancellationToken = default)
    {
        EgressChecks.Check(rules);
        return ChangeAsync(id, "set the egress policy of", new PolicyRequest(rules), () =>
            events.Report(store.ChangeDescription(id, description => description with { Network = rules.AddTo(description.Network) }), EventAction.Update), cancellationToken);
    }

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
