using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Processes;

/// <summary>The channel's streams of one process; null for those that the host did not request.</summary>
internal sealed record HostStreams(GuestDataStream? Input, GuestDataStream? Output, GuestDataStream? Error)
{
    /// <summary>Accepts the streams of a request. If one cannot be accepted, those before it are reset.</summary>
    /// <exception cref="GuestInitException">A stream has the wrong direction.</exception>
    /// <exception cref="GuestProtocolException">A stream is not open, or was accepted before.</exception>
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

    /// <summary>Accepts one stream.</summary>
    /// <exception cref="GuestInitException">The stream has the wrong direction; it was reset.</exception>
    /// <exception cref="GuestProtocolException">The stream is not open, or was accepted before.</exception>
    internal static GuestDataStream Accept(uint id, bool isRead, GuestChannel channel)
    {
        GuestDataStream stream = channel.AcceptStream(id);
        if (isRead ? stream.CanRead : stream.CanWrite)
        {
            return stream;
        }

        stream.Reset("it has the wrong direction");
        throw new GuestInitException($"stream {id} does not carry bytes {(isRead ? "from" : "to")} the host");
    }

    /// <summary>Accepts the streams of a refused request and ends them, since no process will use them.</summary>
    internal static async Task RefuseAsync(StartProcess request, GuestChannel channel)
    {
        try
        {
            await Accept(request, channel).EndAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is GuestProtocolException or GuestInitException)
        {
            // The refusal itself is reported anyway.
        }
    }

    /// <summary>Ends all three streams of a process that was not started.</summary>
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
