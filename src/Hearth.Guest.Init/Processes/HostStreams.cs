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
                Take(request.StandardInputStream, isRead: true),
                Take(request.StandardOutputStream, isRead: false),
                Take(request.StandardErrorStream, isRead: false));
        }
        catch (Exception failure) when (failure is GuestProtocolException or GuestInitException)
        {
            accepted.ForEach(stream => stream.Reset("the process was not started"));
            throw;
        }

        GuestDataStream? Take(uint id, bool isRead)
        {
            if (id == 0)
            {
                return null;
            }

            GuestDataStream stream = Accept(id, isRead, channel);
            accepted.Add(stream);
            return stream;
        }
    }

    /// <summary>Takes one stream.</summary>
    /// <exception cref="GuestInitException">It is of the wrong direction, and given up; or a <see cref="GuestProtocolException"/>: it is not open or taken.</exception>
    internal static GuestDataStream Accept(uint id, bool isRead, GuestChannel channel)
    {
        GuestDataStream stream = channel.AcceptStream(id);
        if (isRead ? stream.CanRead : stream.CanWrite)
        {
            return stream;
        }

        stream.Reset("it is of the wrong direction");
        throw new GuestInitException($"stream {id} does not carry bytes {(isRead ? "from" : "to")} the host");
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
