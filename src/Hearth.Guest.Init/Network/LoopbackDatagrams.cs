using Hearth.Guest.Init.Polling;
using Hearth.Guest.Init.Processes;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Network;

/// <summary>Carries datagrams of one client of the host to a UDP server that listens on the guest's 127.0.0.1 only.</summary>
internal static class LoopbackDatagrams
{
    /// <summary>Opens a socket of the client's own; datagrams are then carried until the host ends the stream.</summary>
    /// <returns>The request's answer.</returns>
    /// <exception cref="GuestProtocolException">The stream is not open, or was accepted before.</exception>
    internal static GuestAnswer Open(ConnectLoopbackDatagrams request, GuestChannel channel, ReadinessLoop loop, WorkList work)
    {
        GuestDataStream stream = channel.AcceptStream(request.Stream);
        ushort port = (ushort)request.Port;
        SafeFileHandle? socket = null;
        if (!DatagramListeners.IsOnLoopbackOnly(port) || Ipv4Sockets.TryConnectDatagram(new Ipv4SocketAddress([127, 0, 0, 1], port), out socket) != Errno.None)
        {
            stream.Reset("nobody listens");
            return new RequestFailed(RequestFailure.NotFound, $"nobody listens on 127.0.0.1:{port}/udp of the guest only");
        }

        SafeFileHandle opened = socket;
        work.Start(() => CarryAsync(stream, opened, loop));
        return new RequestDone([]);
    }

    private static async Task CarryAsync(GuestDataStream stream, SafeFileHandle socket, ReadinessLoop loop)
    {
        using (socket)
        {
            PolledDescriptor answers = PolledDescriptor.ForReading(DescriptorIO.Duplicate(socket), loop);
            Task outgoing = CarryOutAsync(answers, stream);
            await CarryInAsync(stream, socket).ConfigureAwait(false);
            answers.Finish();
            await outgoing.ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task CarryInAsync(GuestDataStream stream, SafeFileHandle socket)
    {
        byte[] buffer = new byte[DatagramFrame.MaxDatagramBytes];
        try
        {
            int length;
            while ((length = await DatagramFrame.ReadAsync(stream, buffer, CancellationToken.None).ConfigureAwait(false)) >= 0)
            {
                // A datagram that the server has no room for is lost, as on any network.
                if (DescriptorIO.TryWrite(socket, buffer.AsSpan(0, length), out _) == Errno.ECONNREFUSED)
                {
                    stream.Reset("nobody listens");
                    return;
                }
            }
        }
        catch (GuestProtocolException)
        {
            // The host has forgotten the client, or the channel has ended.
        }
    }

    private static async Task CarryOutAsync(PolledDescriptor answers, GuestDataStream stream)
    {
        byte[] buffer = new byte[DatagramFrame.MaxDatagramBytes];
        try
        {
            while (await answers.ReadAsync(buffer).ConfigureAwait(false) is var length && (length > 0 || !answers.IsFinishing))
            {
                await stream.WriteAsync(DatagramFrame.Compose(buffer.AsSpan(0, length))).ConfigureAwait(false);
            }
        }
        catch (Exception ended) when (ended is LinuxException or GuestProtocolException)
        {
            stream.Reset("nobody listens");
        }
        finally
        {
            answers.Dispose();
        }
    }
}
