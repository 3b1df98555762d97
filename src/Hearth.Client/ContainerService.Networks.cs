using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Records.Events;
using Hearth.Records.Networks;

namespace Hearth.Client;

/// <content>The networks of containers: what passed, and the egress policy.</content>
public sealed partial class ContainerService
{
    /// <summary>Reads what passed the network of a running container, and what it was denied.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container does not run, or its keeper does not answer.</exception>
    public async Task<NetworkReport> NetworkAsync(string id, CancellationToken cancellationToken = default) =>
        (await QueryAsync<NetworkReply>(id, "read the network of", new NetworkRequest(), cancellationToken).ConfigureAwait(false)).Report;

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

    /// <summary>Says which rule of a running container's egress policy decides about a destination.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="destination">An address or a name, with <c>:port</c> and <c>/tcp</c> or <c>/udp</c> where wanted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container does not run, or the text is no destination.</exception>
    public Task<ExplainReply> ExplainAsync(string id, string destination, CancellationToken cancellationToken = default) =>
        QueryAsync<ExplainReply>(id, "explain the egress policy of", new ExplainRequest(destination), cancellationToken);
}
