using Hearth.Containers;
using Hearth.Control;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <content>
/// Copies files into and out of a running container, as tar archives. The caller determines what the names of a copy mean
/// (whether the destination exists, whether it is a directory) with <see cref="StatPathAsync"/>.
/// </content>
internal sealed partial class GuestSession
{
    /// <summary>A pipe's size, and a quarter of the stream's window.</summary>
    private const int CopyBufferSizeInBytes = 64 << 10;

    /// <summary>Reads the status of a path as the container's processes see it.</summary>
    /// <returns>Null if the path does not exist.</returns>
    public async Task<PathStatus?> StatPathAsync(string path, bool followsLink, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync<PathStatus>(new StatPath(path, followsLink), $"read the status of '{path}' in the container", cancellationToken).ConfigureAwait(false);
        }
        catch (HearthException exception) when (exception.Error == HearthError.GuestPathUnknown)
        {
            return null;
        }
    }

    /// <summary>Unpacks an archive into a directory of the container.</summary>
    /// <param name="copy">Where, and how.</param>
    /// <param name="archive">The archive, which is read to its end; the caller keeps ownership.</param>
    /// <param name="cancellationToken">Stops the copy; files that are unpacked already stay.</param>
    /// <returns>What the guest left out or did differently, one sentence each.</returns>
    /// <exception cref="HearthException">The guest cannot unpack the archive, or refuses a name; the message contains the name.</exception>
    /// <exception cref="IOException">The stream <paramref name="archive"/> failed.</exception>
    public async Task<IReadOnlyList<string>> WriteArchiveAsync(CopyInRequest copy, Stream archive, CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using GuestDataStream stream = OpenStream(StreamDirection.HostToGuest);
        var request = new WriteArchive { Directory = copy.Directory, FirstName = copy.FirstName, Owner = copy.Owner, Replaces = copy.Replaces, Stream = stream.Id };
        Task<RequestDone> answer = AskAsync<RequestDone>(request, $"copy into '{copy.Directory}' of the container", giveUp.Token);
        Task sending = SendArchiveAsync(archive, stream, giveUp.Token);
        await Task.WhenAny(answer, sending).ConfigureAwait(false);
        if (!answer.IsCompleted && IsSourceFailure(sending))
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            Observe(answer);
            await sending.ConfigureAwait(false);
        }

        try
        {
            // A refusal may arrive while the archive still waits for its own source.
            return (await answer.ConfigureAwait(false)).Warnings;
        }
        finally
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            Observe(sending);
        }
    }

    /// <summary>Packs a path of the container as an archive.</summary>
    /// <param name="path">A node of any kind; a directory with its contents.</param>
    /// <param name="firstName">
    /// The first component of every name in the archive; <c>.</c> for none; null for the last component of the path.
    /// </param>
    /// <param name="followsLink">True to follow a symbolic link at the path's end.</param>
    /// <param name="archive">Receives the archive; the caller keeps ownership.</param>
    /// <param name="cancellationToken">Stops the copy; the archive is then incomplete.</param>
    /// <returns>What the guest left out, one sentence each.</returns>
    /// <exception cref="HearthException">The guest cannot pack the path; the message contains the name.</exception>
    /// <exception cref="IOException">The stream <paramref name="archive"/> failed.</exception>
    public Task<IReadOnlyList<string>> ReadArchiveAsync(
        string path, string? firstName, bool followsLink, Stream archive, CancellationToken cancellationToken) => ReadAsync(
        stream => new ReadArchive { Path = path, FirstName = firstName, FollowsLink = followsLink, Stream = stream }, $"copy '{path}' of the container", archive, cancellationToken);

    /// <summary>Reads the container's root, or what the container changed of it. It can be read after the container's processes have ended, too.</summary>
    /// <param name="form">What to read.</param>
    /// <param name="freezes">True to suspend the container's processes meanwhile.</param>
    /// <param name="target">Receives it; the caller keeps ownership.</param>
    /// <param name="cancellationToken">Stops; the target is then incomplete.</param>
    /// <returns>What the guest left out, one sentence each.</returns>
    /// <exception cref="HearthException">The guest cannot read a file.</exception>
    /// <exception cref="IOException">The target failed.</exception>
    public Task<IReadOnlyList<string>> ReadRootAsync(RootForm form, bool freezes, Stream target, CancellationToken cancellationToken) =>
        ReadAsync(stream => new ReadRoot(form, stream, freezes), form == RootForm.Tree ? "read the container's root" : "read the container's changes", target, cancellationToken);

    /// <summary>Opens a stream on which the guest gets what it is to unpack.</summary>
    public GuestDataStream OpenArchive() => OpenStream(StreamDirection.HostToGuest);

    private async Task<IReadOnlyList<string>> ReadAsync(Func<uint, GuestRequest> compose, string act, Stream archive, CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using GuestDataStream stream = OpenStream(StreamDirection.GuestToHost);
        Task<RequestDone> answer = AskAsync<RequestDone>(compose(stream.Id), act, giveUp.Token);
        using CancellationTokenSource unanswered = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _ = answer.ContinueWith(_ => unanswered.Cancel(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        try
        {
            await ReceiveArchiveAsync(stream, archive, unanswered.Token).ConfigureAwait(false);
        }
        catch (GuestProtocolException)
        {
            // The guest aborted the stream; its answer says why.
        }
        catch (OperationCanceledException) when (answer.IsFaulted)
        {
            // The guest does not answer any more.
        }
        catch
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            Observe(answer);
            throw;
        }

        return (await answer.ConfigureAwait(false)).Warnings;
    }

    /// <summary>Sends an archive to its end.</summary>
    public static async Task SendArchiveAsync(Stream archive, GuestDataStream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[CopyBufferSizeInBytes];
        int count;
        while ((count = await archive.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }

        await stream.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task ReceiveArchiveAsync(GuestDataStream stream, Stream archive, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[CopyBufferSizeInBytes];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            await archive.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the caller's archive failed. If the guest aborted the stream, its answer says why instead.</summary>
    private static bool IsSourceFailure(Task sending) => sending.IsFaulted && sending.Exception.InnerException is not GuestProtocolException;

    /// <summary>Marks a task's failure as observed: the caller reports another failure.</summary>
    private static void Observe(Task task) =>
        task.ContinueWith(one => _ = one.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
