using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hearth.Hosting;

/// <summary>Asks the daemon's own socket, as a client does.</summary>
public static class OwnPing
{
    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(5);

    /// <summary>The address of a listening socket that another program has bound.</summary>
    /// <param name="descriptor">The socket, which stays the caller's.</param>
    public static EndPoint AddressOf(ulong descriptor)
    {
        using SafeSocketHandle handle = new((nint)descriptor, ownsHandle: false);
        using Socket socket = new(handle);
        return socket.LocalEndPoint!;
    }

    /// <param name="address">A Unix socket, or an address without TLS.</param>
    /// <param name="clock">Measures the time for the answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether an answer came in time.</returns>
    public static async Task<bool> AnswersAsync(EndPoint address, TimeProvider clock, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(deadline, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        bool isUnix = address is UnixDomainSocketEndPoint;
        using Socket socket = new(address.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, either.Token);
            await socket.SendAsync("GET /hearth/v1/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), either.Token);
            byte[] answer = new byte[64];
            int count = await socket.ReceiveAsync(answer, either.Token);
            return Encoding.ASCII.GetString(answer, 0, count).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is SocketException || exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
