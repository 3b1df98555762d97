using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Control;
using Hearth.Records;
using Hearth.Records.Events;

namespace Hearth.Client;

/// <content>Requests to the guest of a running container, and changes of a container's description.</content>
public sealed partial class ContainerService
{
    /// <summary>A change of a description takes milliseconds, and a new keeper records itself immediately.</summary>
    private static readonly TimeSpan changeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Changes the limits of a container for its next starts. If it runs, also for this run, as far as its machine has the resources.
    /// </summary>
    /// <param name="id">The full id.</param>
    /// <param name="resources">The new limits; a limit that is not set stays the same.</param>
    /// <param name="restart">The new restart policy; null to keep it.</param>
    /// <param name="cancellationToken">Ends the wait; after the request was sent, a running container's limits change nevertheless.</param>
    /// <exception cref="HearthException">The running machine has less than requested, or the guest refuses.</exception>
    public Task UpdateAsync(string id, ResourcesSpec resources, RestartChange? restart = null, CancellationToken cancellationToken = default) => ChangeAsync(id, "update", new UpdateRequest(resources, restart), () =>
        events.Report(store.ChangeDescription(id, description => description.With(resources, restart)), EventAction.Update), cancellationToken);

    /// <summary>Gives a container another name.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="name">The new name.</param>
    /// <param name="cancellationToken">Ends the wait; after the request was sent, a running container gets the name nevertheless.</param>
    /// <exception cref="HearthException">The name is taken or invalid, or the container does not exist.</exception>
    public Task RenameAsync(string id, string name, CancellationToken cancellationToken = default) => ChangeAsync(id, "rename", new RenameRequest(name), () =>
    {
        (ContainerDescription before, ContainerDescription after) = store.Rename(id, name);
        events.Report(after, EventAction.Rename, ContainerEvents.OldName(before.Name));
    }, cancellationToken);

    /// <summary>
    /// Changes a container's description. Only its keeper may write it; if it has none, this program holds the container and writes it,
    /// so that no keeper can start meanwhile.
    /// </summary>
    private Task ChangeAsync(string id, string act, ControlMessage request, Action change, CancellationToken cancellationToken) =>
        LogFailureAsync(id, act, HoldAndChangeAsync(id, act, request, change, cancellationToken));

    private async Task HoldAndChangeAsync(string id, string act, ControlMessage request, Action change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ContainerHold? hold = await HoldUnlessKeptAsync(id, act, cancellationToken).ConfigureAwait(false);
        if (hold is null)
        {
            await AskAsync<DoneReply>(id, act, request, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            change();
        }
    }

    /// <returns>Null if a keeper has the container and answers requests.</returns>
    private async Task<ContainerHold?> HoldUnlessKeptAsync(string id, string act, CancellationToken cancellationToken)
    {
        try
        {
            return await store.HoldUnlessKeptAsync(id, changeTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new HearthException(HearthError.WrongState, $"cannot {act} container '{Read(id).Name}': another process has held it for {changeTimeout.TotalSeconds:0} s; try again");
        }
    }
}
