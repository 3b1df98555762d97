using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Processes;

/// <summary>The channel's streams of one process; null for what the host does not want.</summary>
internal sealed record HostStreams(GuestDataStream? Input, GuestDataStream? Output, GuestDataStream? Error)
{
    /// <summary>Takes the streams that a request names; when one cannot be had, those before it are given up.</summary>
    /// <exception cref="GuestInitException">A stream of the wrong direction, or a <see cref="GuestProtocolException"/>: one that is not open or taken.</exception>
    internal static HostStreams Accept(StartProcess request, GuestChannel channel)
    {
        List<GuestDataStream> accepted = [];
        try
        {
            return new HostStreams(
                Accept(request.StandardInputStream, isRead: true),
                Accept(request.StandardOutputStream, isRead: false),
                Accept(request.StandardErrorStream, isRead: false));
        }
        catch (Exception failure) when (failure is GuestProtocolException or GuestInitException)
        {
            accepted.ForEach(stream => stream.Reset("the process was not started"));
            throw;
        }

        GuestDataStream? Accept(uint id, bool isRead)
        {
            if (id == 0)
            {
                return null;
            }

            GuestDataStream stream = channel.AcceptStream(id);
            accepted.Add(stream);
            return (isRead ? stream.CanRead : stream.CanWrite)
                ? stream
                : throw new GuestInitException($"stream {id} does not carry bytes {(isRead ? "from" : "to")} the host");
        }
    }

    /// <summary>Takes what streams of a request can be had, and ends them: no process is going to use them.</summary>
    internal static async Task RefuseAsync(StartProcess request, GuestChannel channel)
    {
        try
        {
            await Accept(request, channel).EndAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is GuestProtocolException or GuestInitException)
        {
            // The refusal itself says enough.
        }
    }

    /// <summary>Ends all three, for a process that will not come.</summary>
    internal async Task EndAsync()
    {
        Input?.Reset("the process was not started");
        foreach (GuestDataStream? stream in (GuestDataStream?[])[Output, Error])
        {
            if (stream is not null)
            {
                await stream.CompleteAsync().ConfigureAwait(false);
            }
        }
    }
}
