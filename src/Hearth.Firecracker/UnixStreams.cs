using System.Net.Sockets;

namespace Hearth.Firecracker;

/// <summary>Connections to Unix sockets by path.</summary>
internal static class UnixStreams
{
    /// <exception cref="SocketException">No process listens on the socket, or the path does not exist.</exception>
    /// <exception cref="ArgumentException">The path is too long for a socket's address.</exception>
    internal static async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
