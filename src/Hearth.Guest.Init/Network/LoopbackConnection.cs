using Hearth.Guest.Init.Polling;
using Hearth.Guest.Init.Processes;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Network;

/// <summary>Connects a stream of the host to a server that listens on the guest's 127.0.0.1.</summary>
internal static class LoopbackConnection
{
    /// <summary>Connects; the bytes are then carried until both directions have ended.</summary>
    /// <returns>The request's answer.</returns>
    /// <exception cref="GuestProtocolException">The stream is not open, or was accepted before.</exception>
    internal static GuestAnswer Open(ConnectLoopback request, GuestChannel channel, ReadinessLoop loop, WorkList work)
    {
        GuestDataStream stream = channel.AcceptStream(request.Stream);
        Ipv4SocketAddress address = new([127, 0, 0, 1], (ushort)request.Port);
        Errno errno = Ipv4Sockets.TryConnect(in address, out SafeFileHandle socket);
        if (errno != Errno.None)
        {
            stream.Reset("nobody listens");
            return new RequestFailed(RequestFailure.NotFound, $"nobody listens on 127.0.0.1:{request.Port} of the guest ({errno})");
        }

        work.Start(() => CarryAsync(stream, socket, loop));
        return new RequestDone([]);
    }

    private static async Task CarryAsync(GuestDataStream stream, SafeFileHandle socket, ReadinessLoop loop)
    {
        using (socket)
        {
            await Task.WhenAll(CarryInAsync(stream, socket, loop), CarryOutAsync(stream, socket, loop)).ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task CarryInAsync(GuestDataStream stream, SafeFileHandle socket, ReadinessLoop loop)
    {
        try
        {
            await InputPump.RunAsync(stream, PolledDescriptor.ForWriting(DescriptorIO.Duplicate(socket), loop), terminal: null, CancellationToken.None).ConfigureAwait(false);
            Ipv4Sockets.EndSending(socket);
        }
        catch (LinuxException)
        {
            stream.Reset("the connection is broken");
        }
    }

    private static async Task CarryOutAsync(GuestDataStream stream, SafeFileHandle socket, ReadinessLoop loop)
    {
        PolledDescriptor source = PolledDescriptor.ForReading(DescriptorIO.Duplicate(socket), loop);
        try
        {
            await OutputPump.RunAsync(source, stream, isPipe: true).ConfigureAwait(false);
        }
        catch (LinuxException)
        {
            stream.Reset("the connection is broken");
        }
        finally
        {
            source.Dispose();
        }
    }
}
