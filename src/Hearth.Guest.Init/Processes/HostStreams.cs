using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Processes;

/// <summary>The channel's streams of one process; null for what the host does not want.</summary>
internal sealed record HostStreams(GuestDataStream? Input, GuestDataStream? Output, GuestDataStream? Error)
{
    internal static HostStreams Accept(StartProcess request, GuestChannel channel) =>
        new(
            Accept(channel, request.StandardInputStream),
            Accept(channel, request.StandardOutputStream),
            Accept(channel, request.StandardErrorStream));

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

    private static GuestDataStream? Accept(GuestChannel channel, uint id) => id == 0 ? null : channel.AcceptStream(id);
}
