using System.IO.Pipelines;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Keeper.Guest;

namespace Hearth.Keeper.Sessions;

/// <summary>Answers a client's queries to a running container's guest: statistics, processes and files.</summary>
/// <param name="connection">The client's.</param>
/// <param name="session">The guest, for an act; throws if there is none.</param>
internal sealed class KeeperQueries(ControlConnection connection, Func<string, GuestSession> session)
{
    /// <returns>Null if the request is none of these.</returns>
    public async Task<ControlMessage?> TryAnswerAsync(ControlMessage request)
    {
        switch (request)
        {
            case StatisticsRequest:
                return new StatisticsReply(await session("read the statistics of").QueryStatisticsAsync(CancellationToken.None).ConfigureAwait(false));
            case ProcessesRequest:
                return new ProcessesReply(await session("list the processes of").ListProcessesAsync(CancellationToken.None).ConfigureAwait(false));
            case PathRequest path:
                return new PathReply(await session("copy files of").StatPathAsync(path.Path, path.FollowsLink, CancellationToken.None).ConfigureAwait(false));
            case CopyInRequest copy:
                return await CopyInAsync(copy).ConfigureAwait(false);
            case CopyOutRequest copy:
                return await CopyOutAsync(copy).ConfigureAwait(false);
            case RootRequest root:
                return await ReadRootAsync(root).ConfigureAwait(false);
            default:
                return null;
        }
    }

    /// <summary>If the client disconnects during the copy, the files that are unpacked already stay.</summary>
    private async Task<ControlMessage> CopyInAsync(CopyInRequest copy)
    {
        GuestSession target = session("copy into");
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: ControlFrame.MostDataBytes, resumeWriterThreshold: ControlFrame.MostDataBytes / 2, useSynchronizationContext: false));
        using CancellationTokenSource giveUp = new();
        Task<IReadOnlyList<string>> unpacking = target.WriteArchiveAsync(copy, pipe.Reader.AsStream(), giveUp.Token);
        _ = unpacking.ContinueWith(_ => pipe.Reader.Complete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (!await ReceiveArchiveAsync(pipe.Writer).ConfigureAwait(false))
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            await ((Task)unpacking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new IOException("the client has disconnected");
        }

        return Done(await unpacking.ConfigureAwait(false));
    }

    /// <returns>False if the client disconnected before the archive's end.</returns>
    private async Task<bool> ReceiveArchiveAsync(PipeWriter archive)
    {
        while (await connection.ReceiveAsync().ConfigureAwait(false) is { } frame)
        {
            if (frame.Kind != ControlFrameKind.Input)
            {
                continue;
            }

            if (frame.Payload.IsEmpty)
            {
                await archive.CompleteAsync().ConfigureAwait(false);
                return true;
            }

            // Data after a refusal is read and dropped, so that the client can receive the reply.
            await archive.WriteAsync(frame.Payload).ConfigureAwait(false);
        }

        await archive.CompleteAsync(new IOException("the client has disconnected")).ConfigureAwait(false);
        return false;
    }

    private async Task<ControlMessage> CopyOutAsync(CopyOutRequest copy)
    {
        await using Stream archive = new ArchiveFrames(connection);
        IReadOnlyList<string> warnings = await session("copy from").ReadArchiveAsync(copy.Path, copy.FirstName, copy.FollowsLink, archive, CancellationToken.None).ConfigureAwait(false);
        return Done(warnings);
    }

    private async Task<ControlMessage> ReadRootAsync(RootRequest root)
    {
        await using Stream archive = new ArchiveFrames(connection);
        return Done(await session("read the root of").ReadRootAsync(root.Form, root.Freezes, archive, CancellationToken.None).ConfigureAwait(false));
    }

    private static DoneReply Done(IReadOnlyList<string> warnings) => new() { Diagnostics = [.. Diagnostic.Warnings(DiagnosticCode.CopyIncomplete, warnings)] };
}
