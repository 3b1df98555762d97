using Hearth.Containers;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <content>
/// Files in and out of a running container, as tar archives. What the names of a copy mean (does the destination exist, is it
/// a directory) is the caller's to find out with <see cref="StatPathAsync"/>.
/// </content>
internal sealed partial class GuestSession
{
    /// <summary>A pipe's size, and a quarter of the stream's window.</summary>
    private const int CopyBufferSizeInBytes = 64 << 10;

    /// <summary>Looks at a path as the container's processes see it.</summary>
    /// <returns>Null where it is not there.</returns>
    public async Task<PathStatus?> StatPathAsync(string path, bool followsLink, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync<PathStatus>(new StatPath(path, followsLink), $"look at '{path}' in the container", cancellationToken).ConfigureAwait(false);
        }
        catch (HearthException exception) when (exception.Error == HearthError.GuestPathUnknown)
        {
            return null;
        }
    }

    /// <summary>Unpacks an archive into a directory of the container.</summary>
    /// <param name="directory">There already; see <see cref="WriteArchive.Directory"/>.</param>
    /// <param name="firstName">Takes the place of the first component of every name; null to keep the archive's names.</param>
    /// <param name="owner">Gives everything to this owner; null for the archive's own.</param>
    /// <param name="archive">Is read to its end, and stays the caller's.</param>
    /// <param name="cancellationToken">Gives up; what was unpacked stays.</param>
    /// <returns>What was left out or done otherwise, each a sentence.</returns>
    /// <exception cref="HearthException">The guest could not, or refused a name; the message has the name.</exception>
    /// <exception cref="IOException">The archive's own stream failed.</exception>
    public async Task<IReadOnlyList<string>> WriteArchiveAsync(
        string directory, string? firstName, ArchiveOwner? owner, Stream archive, CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using GuestDataStream stream = OpenStream(StreamDirection.HostToGuest);
        var request = new WriteArchive { Directory = directory, FirstName = firstName, Owner = owner, Stream = stream.Id };
        Task<RequestDone> answer = AskAsync<RequestDone>(request, $"copy into '{directory}' of the container", giveUp.Token);
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
            // A refusal comes while the archive may still be waiting for its own source.
            return (await answer.ConfigureAwait(false)).Warnings;
        }
        finally
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            Observe(sending);
        }
    }

    /// <summary>Packs a path of the container as an archive.</summary>
    /// <param name="path">Of whatever kind; a directory with all beneath it.</param>
    /// <param name="firstName">The first component of every name in the archive; <c>.</c> for none; null for the path's last name.</param>
    /// <param name="followsLink">True for what a symbolic link at the path's end leads to.</param>
    /// <param name="archive">Takes the archive, and stays the caller's.</param>
    /// <param name="cancellationToken">Gives up; the archive then is incomplete.</param>
    /// <returns>What was left out, each a sentence.</returns>
    /// <exception cref="HearthException">The guest could not; the message has the name.</exception>
    /// <exception cref="IOException">The archive's own stream failed.</exception>
    public async Task<IReadOnlyList<string>> ReadArchiveAsync(
        string path, string? firstName, bool followsLink, Stream archive, CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using GuestDataStream stream = OpenStream(StreamDirection.GuestToHost);
        var request = new ReadArchive { Path = path, FirstName = firstName, FollowsLink = followsLink, Stream = stream.Id };
        Task<RequestDone> answer = AskAsync<RequestDone>(request, $"copy '{path}' of the container", giveUp.Token);
        using CancellationTokenSource unanswered = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _ = answer.ContinueWith(_ => unanswered.Cancel(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        try
        {
            await ReceiveArchiveAsync(stream, archive, unanswered.Token).ConfigureAwait(false);
        }
        catch (GuestProtocolException)
        {
            // The guest gave it up, and says why.
        }
        catch (OperationCanceledException) when (answer.IsFaulted)
        {
            // It answers no more.
        }
        catch
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            Observe(answer);
            throw;
        }

        return (await answer.ConfigureAwait(false)).Warnings;
    }

    private static async Task SendArchiveAsync(Stream archive, GuestDataStream stream, CancellationToken cancellationToken)
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

    /// <summary>Where the guest has given up the stream, its answer says why.</summary>
    private static bool IsSourceFailure(Task sending) => sending.IsFaulted && sending.Exception.InnerException is not GuestProtocolException;

    /// <summary>Another failure is the one to tell.</summary>
    private static void Observe(Task task) =>
        task.ContinueWith(one => _ = one.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
