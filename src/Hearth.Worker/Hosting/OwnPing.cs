using System.Net.Sockets;
using System.Text;

namespace Hearth.Worker.Hosting;

/// <summary>Asks the daemon's own socket, as a client does.</summary>
internal static class OwnPing
{
    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(5);

    /// <returns>Whether an answer came in time.</returns>
    public static async Task<bool> AnswersAsync(string path, TimeProvider clock, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(deadline, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), either.Token);
            await socket.SendAsync("GET /_ping HTTP/1.1\r\nHost: hearthd\r\nConnection: close\r\n\r\n"u8.ToArray(), either.Token);
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
