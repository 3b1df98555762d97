using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Hearth.Network.Names;

/// <summary>
/// One query to one server. The socket is connected, so the kernel drops what others send; what has another id or question is
/// ignored, and the wait goes on.
/// </summary>
/// <param name="open">Opens a socket.</param>
internal sealed class UpstreamExchange(Func<AddressFamily, SocketType, ProtocolType, Socket> open)
{
    private const int LengthBytes = sizeof(ushort);

    /// <summary>More than a query of ours allows a server to send by UDP. Many queries may wait at the same time.</summary>
    private const int MaxDatagramBytes = 4096;

    /// <returns>The answer's bytes.</returns>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="IOException">The server's answer by TCP is none.</exception>
    public async Task<byte[]> AskAsync(DnsMessage query, IPEndPoint server, CancellationToken cancellationToken) =>
        await AskByDatagramAsync(query, server, cancellationToken).ConfigureAwait(false)
        ?? await AskByStreamAsync(query, server, cancellationToken).ConfigureAwait(false);

    /// <returns>Null if the answer was cut.</returns>
    private async Task<byte[]?> AskByDatagramAsync(DnsMessage query, IPEndPoint server, CancellationToken cancellationToken)
    {
        using Socket socket = open(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await socket.SendAsync(query.Bytes, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(MaxDatagramBytes);
        try
        {
            while (true)
            {
                int length = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                ReadOnlyMemory<byte> received = buffer.AsMemory(0, length);
                if (DnsMessage.IsCutAnswerTo(query, received.Span))
                {
                    return null;
                }

                if (DnsMessage.FailureWithoutQuestion(query, received.Span) is { } failure)
                {
                    return DnsAnswer.To(query, failure).Finish();
                }

                if (DnsMessage.TryParse(received, out DnsMessage? answer) && answer.IsAnswerTo(query))
                {
                    return received.ToArray();
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<byte[]> AskByStreamAsync(DnsMessage query, IPEndPoint server, CancellationToken cancellationToken)
    {
        using Socket socket = open(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await using NetworkStream stream = new(socket);
        byte[] framed = new byte[LengthBytes + query.Bytes.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Bytes.Length);
        query.Bytes.CopyTo(framed.AsMemory(LengthBytes));
        await stream.WriteAsync(framed, cancellationToken).ConfigureAwait(false);

        byte[] length = new byte[LengthBytes];
        await stream.ReadExactlyAsync(length, cancellationToken).ConfigureAwait(false);
        byte[] bytes = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return DnsMessage.TryParse(bytes, out DnsMessage? answer) && answer.IsAnswerTo(query)
            ? bytes
            : throw new IOException($"the name server {server} did not answer the question");
    }
}
