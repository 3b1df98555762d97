using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Client;

/// <content>Requests to the guest of a running container.</content>
public abstract partial class KeeperClient
{
    /// <summary>Reads the resource usage of a running container, as its guest counts it.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container does not run, or does not answer.</exception>
    public async Task<GuestStatistics> StatisticsAsync(string id, CancellationToken cancellationToken = default) =>
        (await QueryAsync<StatisticsReply>(id, "read the statistics of", new StatisticsRequest(), cancellationToken).ConfigureAwait(false)).Guest;

    /// <summary>Reads the report of a container's run as it is now: phases until now, and how much was read.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container is not held by a keeper, or its keeper does not answer.</exception>
    public async Task<RunReport> ReportAsync(string id, CancellationToken cancellationToken = default) =>
        (await QueryAsync<ReportReply>(id, "read the report of", new ReportRequest(), cancellationToken).ConfigureAwait(false)).Report;

    /// <summary>
    /// Reads the same for somebody who asks again and again, with what waits in the guest's channel. A failure is not logged.
    /// </summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container is not held by a keeper, or its keeper does not answer.</exception>
    public Task<ReportReply> PollReportAsync(string id, CancellationToken cancellationToken = default) =>
        AskAsync<ReportReply>(id, "read the report of", new ReportRequest(), cancellationToken);

    /// <summary>Lists the processes of a running container.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container does not run.</exception>
    public async Task<ProcessList> ProcessesAsync(string id, CancellationToken cancellationToken = default) =>
        (await QueryAsync<ProcessesReply>(id, "list the processes of", new ProcessesRequest(), cancellationToken).ConfigureAwait(false)).List;

    /// <summary>Sets the size of the terminal of a running container, or of a process that <c>exec</c> started in it.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="size">The new size.</param>
    /// <param name="execution">The id of the process (<see cref="ClientAttachment.Started"/>); null for the container's own.</param>
    /// <param name="cancellationToken">Ends the wait; the terminal is resized nevertheless.</param>
    /// <exception cref="HearthException">The container does not run.</exception>
    public Task ResizeAsync(string id, WindowSize size, string? execution = null, CancellationToken cancellationToken = default) =>
        ActAsync(id, "resize the terminal of", new ResizeRequest(size, execution), cancellationToken);

    /// <summary>Says which rule of a running container's egress policy decides about a destination.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="destination">An address or a name, with <c>:port</c> and <c>/tcp</c> or <c>/udp</c> where wanted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container does not run, or the text is no destination.</exception>
    public Task<ExplainReply> ExplainAsync(string id, string destination, CancellationToken cancellationToken = default) =>
        QueryAsync<ExplainReply>(id, "explain the egress policy of", new ExplainRequest(destination), cancellationToken);

    /// <summary>Reads what passed the network of a running container, and what it was denied.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container does not run, or its keeper does not answer.</exception>
    public async Task<NetworkReport> NetworkAsync(string id, CancellationToken cancellationToken = default) =>
        (await QueryAsync<NetworkReply>(id, "read the network of", new NetworkReportRequest(), cancellationToken).ConfigureAwait(false)).Report;

    /// <summary>Reads the status of a path in a container. The machine of one that does not run is booted for it.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="path">An absolute path.</param>
    /// <param name="followsLink">True to follow a symbolic link at the path's end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The status; null if nothing exists there.</returns>
    public Task<PathStatus?> StatPathAsync(string id, string path, bool followsLink, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "copy files of", StatAsync(id, new PathRequest(path, followsLink), cancellationToken));

    private async Task<PathStatus?> StatAsync(string id, PathRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = await OpenFilesAsync(id, "copy files of", cancellationToken).ConfigureAwait(false);
        return (await AskAsync<PathReply>(id, connection, "copy files of", request, Log, cancellationToken).ConfigureAwait(false)).Status;
    }

    /// <summary>Unpacks a tar archive into a directory of a container. The machine of one that does not run is booted for it.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="request">Where, and how.</param>
    /// <param name="write">Writes the archive; its token is cancelled with the copy.</param>
    /// <param name="cancellationToken">Abandons the copy: files that are unpacked by then stay.</param>
    /// <returns>A diagnostic for each difference from the request.</returns>
    public Task<IReadOnlyList<Diagnostic>> CopyInAsync(
        string id, CopyInRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "copy into", UnpackAsync(id, request, write, cancellationToken));

    private async Task<IReadOnlyList<Diagnostic>> UnpackAsync(string id, CopyInRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = await OpenFilesAsync(id, "copy into", cancellationToken).ConfigureAwait(false);
        KeeperWatch watch = Watch(id, "copy into");
        await watch.WhileAliveAsync(SendArchiveAsync(connection, request, write, cancellationToken), cancellationToken).ConfigureAwait(false);
        return (await AskAsync<DoneReply>(connection, watch, Log, cancellationToken).ConfigureAwait(false)).Diagnostics;
    }

    /// <summary>Packs a path of a container as a tar archive. The machine of one that does not run is booted for it.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="path">An absolute path.</param>
    /// <param name="firstName">The first component of every name in the archive; <c>.</c> for none; null for the path's last name.</param>
    /// <param name="followsLink">True to follow a symbolic link at the path's end.</param>
    /// <param name="archive">Receives the archive. The caller closes it.</param>
    /// <param name="cancellationToken">Abandons the copy: the archive stays incomplete.</param>
    /// <returns>A diagnostic for each file that was left out.</returns>
    public Task<IReadOnlyList<Diagnostic>> CopyOutAsync(string id, string path, string? firstName, bool followsLink, Stream archive, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "copy from", PackAsync(id, new CopyOutRequest(path, firstName, followsLink), archive, cancellationToken));

    private async Task<IReadOnlyList<Diagnostic>> PackAsync(string id, CopyOutRequest request, Stream archive, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = await OpenFilesAsync(id, "copy from", cancellationToken).ConfigureAwait(false);
        return await ReceiveAsync(id, connection, "copy from", request, archive, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request, and receives what comes before its answer.</summary>
    protected async Task<IReadOnlyList<Diagnostic>> ReceiveAsync(string id, ControlConnection connection, string act, ControlMessage request, Stream target, CancellationToken cancellationToken)
    {
        KeeperWatch watch = Watch(id, act);
        await connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return await ReceiveAsync(
            id, act, () => watch.WhileAliveAsync(connection.ReceiveAsync(cancellationToken).AsTask(), cancellationToken), target, cancellationToken).ConfigureAwait(false);
    }

    protected async Task<IReadOnlyList<Diagnostic>> ReceiveAsync(string id, string act, Func<Task<(ControlFrameKind Kind, ReadOnlyMemory<byte> Payload)?>> receive, Stream target, CancellationToken cancellationToken)
    {
        while (await receive().ConfigureAwait(false) is { } frame)
        {
            if (frame.Kind != ControlFrameKind.Message)
            {
                await target.WriteAsync(frame.Payload, cancellationToken).ConfigureAwait(false);
                continue;
            }

            return ControlConnection.Parse(frame.Payload) switch
            {
                DoneReply done => done.Diagnostics,
                FailedReply failed => throw new HearthException(failed.Error, failed.Message),
                { } other => throw new HearthException(HearthError.KeeperFailed, $"cannot {act} container {id[..12]}: its keeper answered with {other.GetType().Name}"),
            };
        }

        throw Lost($"cannot {act} container {id[..12]}: its keeper has ended");
    }

    private static async Task SendArchiveAsync(ControlConnection connection, CopyInRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        await connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
        await using (ArchiveFrames archive = new(connection, ControlFrameKind.Input))
        {
            await write(archive, cancellationToken).ConfigureAwait(false);
        }

        await connection.SendAsync(ControlFrameKind.Input, ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
    }

    protected Task<T> QueryAsync<T>(string id, string act, ControlMessage request, CancellationToken cancellationToken)
        where T : ControlMessage => LogFailureAsync(id, act, AskAsync<T>(id, act, request, cancellationToken));

    protected async Task<T> AskAsync<T>(string id, string act, ControlMessage request, CancellationToken cancellationToken)
        where T : ControlMessage
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = await ConnectAsync(id, act, cancellationToken).ConfigureAwait(false);
        return await AskAsync<T>(id, connection, act, request, Log, cancellationToken).ConfigureAwait(false);
    }

    protected async Task<T> AskAsync<T>(string id, ControlConnection connection, string act, ControlMessage request, Action<Diagnostic> diagnose, CancellationToken cancellationToken)
        where T : ControlMessage
    {
        await connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return await AskAsync<T>(connection, Watch(id, act), diagnose, cancellationToken).ConfigureAwait(false);
    }
}
