using System.IO.Pipelines;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Keeper.Guest;

namespace Hearth.Keeper.Sessions;

/// <summary>What a client asks of a running container's guest: figures, processes, limits, files.</summary>
internal sealed class KeeperQueries(ControlConnection connection, KeeperLife life)
{
    /// <returns>Null where the request is none of these.</returns>
    public async Task<ControlMessage?> TryAnswerAsync(ControlMessage request)
    {
        switch (request)
        {
            case StatisticsRequest:
                return new StatisticsReply(await Session("read the statistics of").QueryStatisticsAsync(CancellationToken.None).ConfigureAwait(false));
            case ProcessesRequest:
                return new ProcessesReply(await Session("list the processes of").ListProcessesAsync(CancellationToken.None).ConfigureAwait(false));
            case PathRequest path:
                return new PathReply(await Session("copy files of").StatPathAsync(path.Path, path.FollowsLink, CancellationToken.None).ConfigureAwait(false));
            case CopyInRequest copy:
                return await CopyInAsync(copy).ConfigureAwait(false);
            case CopyOutRequest copy:
                return await CopyOutAsync(copy).ConfigureAwait(false);
            default:
                return null;
        }
    }

    private GuestSession Session(string act) => life.Require(act).Session;

    /// <summary>A client that goes away in the middle leaves what was unpacked until then.</summary>
    private async Task<ControlMessage> CopyInAsync(CopyInRequest copy)
    {
        GuestSession session = Session("copy into");
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: ControlFrame.MostDataBytes, resumeWriterThreshold: ControlFrame.MostDataBytes / 2, useSynchronizationContext: false));
        using CancellationTokenSource giveUp = new();
        Task<IReadOnlyList<string>> unpacking = session.WriteArchiveAsync(copy.Directory, copy.FirstName, copy.Owner, pipe.Reader.AsStream(), giveUp.Token);
        _ = unpacking.ContinueWith(_ => pipe.Reader.Complete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (!await ReceiveArchiveAsync(pipe.Writer).ConfigureAwait(false))
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            await ((Task)unpacking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new IOException("the client is gone");
        }

        return Done(await unpacking.ConfigureAwait(false));
    }

    /// <returns>False where the client went away before the archive's end.</returns>
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

            // What comes after a refusal is read and dropped, so that the client gets to hear of it.
            await archive.WriteAsync(frame.Payload).ConfigureAwait(false);
        }

        await archive.CompleteAsync(new IOException("the client is gone")).ConfigureAwait(false);
        return false;
    }

    private async Task<ControlMessage> CopyOutAsync(CopyOutRequest copy)
    {
        await using Stream archive = new ArchiveFrames(connection);
        IReadOnlyList<string> warnings = await Session("copy from").ReadArchiveAsync(copy.Path, copy.FirstName, copy.FollowsLink, archive, CancellationToken.None).ConfigureAwait(false);
        return Done(warnings);
    }

    private static DoneReply Done(IReadOnlyList<string> warnings) => new() { Diagnostics = [.. Diagnostic.Warnings(DiagnosticCode.CopyIncomplete, warnings)] };
}
