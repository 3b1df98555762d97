using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Hearth.Network.Tests.Names;

/// <summary>A name server on a loopback address, UDP and TCP on one port, that answers as a test wants.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private const int Attempts = 10;

    private readonly Socket datagrams;
    private readonly Socket listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] running;
    private int datagramCount;
    private int streamCount;

    /// <param name="address">A loopback address.</param>
    /// <param name="port">0 for any.</param>
    /// <param name="byDatagram">The datagrams for a query, in order.</param>
    /// <param name="byStream">The answer by TCP; null closes the connection.</param>
    public FakeServer(string address, int port, Func<byte[], IEnumerable<byte[]>> byDatagram, Func<byte[], byte[]?>? byStream = null)
        : this(address, port, (query, _) => byDatagram(query), byStream)
    {
    }

    public FakeServer(string address, int port, Func<byte[], EndPoint, IEnumerable<byte[]>> byDatagram, Func<byte[], byte[]?>? byStream = null)
    {
        (datagrams, listener) = Open(IPAddress.Parse(address), port);
        running = [ServeDatagramsAsync(byDatagram), ServeStreamsAsync(byStream ?? (_ => null))];
    }

    public int Port => ((IPEndPoint)datagrams.LocalEndPoint!).Port;

    public int DatagramCount => Volatile.Read(ref datagramCount);

    public int StreamCount => Volatile.Read(ref streamCount);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running);
        datagrams.Dispose();
        listener.Dispose();
        stop.Dispose();
    }

    /// <summary>A port that is free for UDP may be another test's for TCP.</summary>
    private static (Socket Datagrams, Socket Listener) Open(IPAddress address, int port)
    {
        for (int attempt = 1; ; attempt++)
        {
            Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                datagrams.Bind(new IPEndPoint(address, port));
                listener.Bind(datagrams.LocalEndPoint!);
                listener.Listen();
                return (datagrams, listener);
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse && port == 0 && attempt < Attempts)
            {
                datagrams.Dispose();
                listener.Dispose();
            }
        }
    }

    private async Task ServeDatagramsAsync(Func<byte[], EndPoint, IEnumerable<byte[]>> answer)
    {
        byte[] buffer = new byte[ushort.MaxValue];
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await datagrams.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), stop.Token);
                Interlocked.Increment(ref datagramCount);
                foreach (byte[] datagram in answer(buffer[..received.ReceivedBytes], received.RemoteEndPoint))
                {
                    await datagrams.SendToAsync(datagram, SocketFlags.None, received.RemoteEndPoint, stop.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test has ended.
        }
    }

    private async Task ServeStreamsAsync(Func<byte[], byte[]?> answer)
    {
        try
        {
            while (true)
            {
                using Socket connection = await listener.AcceptAsync(stop.Token);
                Interlocked.Increment(ref streamCount);
                await using NetworkStream stream = new(connection);
                byte[] length = new byte[2];
                await stream.ReadExactlyAsync(length, stop.Token);
                byte[] query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, stop.Token);
                if (answer(query) is { } bytes)
                {
                    BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)bytes.Length);
                    await stream.WriteAsync(length, stop.Token);
                    await stream.WriteAsync(bytes, stop.Token);
                }
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The test has ended.
        }
    }
}
