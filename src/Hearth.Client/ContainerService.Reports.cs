using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;

namespace Hearth.Client;

/// <content>The report of a run that has not ended.</content>
public sealed partial class ContainerService
{
    /// <summary>Reads the report of a container's run so far. It costs the keeper little, and the guest nothing. Failures are not logged.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">No keeper has the container, or it is older than this request.</exception>
    public Task<ReportReply> ReadReportAsync(string id, CancellationToken cancellationToken = default) =>
        AskAsync<ReportReply>(id, "read the report of", new ReportRequest(), cancellationToken);

    /// <summary>Waits for the end of a container's run.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait; nothing else changes.</param>
    /// <returns>The report of the whole run; null if the keeper ended without one, or no keeper has the container.</returns>
    public async Task<RunReport?> AwaitReportAsync(string id, CancellationToken cancellationToken = default)
    {
        using ControlConnection? connection = TryConnect(id);
        if (connection is null)
        {
            return null;
        }

        try
        {
            await connection.SendAsync(new WaitRequest(), cancellationToken).ConfigureAwait(false);
            return (await connection.ReceiveMessageAsync(cancellationToken).ConfigureAwait(false) as EndedReply)?.Report;
        }
        catch (IOException)
        {
            return null; // The keeper has just ended.
        }
    }
}
