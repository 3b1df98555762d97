using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Hearth.Guest.Init.Network.Names;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Names;
using Hearth.Linux.Processes;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Tests.Host;

/// <summary>
/// Init's resolver in this process, in a network namespace of its own, with the host's side of its stream. A test runs on the
/// namespace's thread: sockets that it opens there are the guest's.
/// </summary>
internal sealed class ResolverHost : IAsyncDisposable
{
    private static readonly IPEndPoint server = new(IPAddress.Parse("127.0.0.11"), 53);

    private readonly GuestChannel host;
    private readonly GuestChannel guest;

    private ResolverHost(GuestChannel host, GuestChannel guest, GuestDataStream stream)
    {
        this.host = host;
        this.guest = guest;
        Stream = stream;
    }

    /// <summary>The host's end.</summary>
    internal GuestDataStream Stream { get; }

    internal static void Run(Func<ResolverHost, Task> test)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                Namespaces.Unshare(NamespaceKinds.Network);
                GuestSockets.BringUp("lo");
                RunHereAsync(test).InTime().GetAwaiter().GetResult();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.ToString(), failure);
        }
    }

    /// <summary>A client by UDP. Open it before the first wait, on the namespace's thread.</summary>
    internal static Socket OpenDatagrams()
    {
        Socket client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.Connect(server);
        return client;
    }

    /// <summary>A client by TCP, also to be opened before the first wait.</summary>
    internal static Socket OpenStream()
    {
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(server);
        return client;
    }

    /// <summary>Takes the next query, as the host does.</summary>
    internal async Task<(NameFrame Frame, byte[] Query)> TakeAsync()
    {
        byte[] header = new byte[NameFrame.SizeInBytes];
        await Stream.ReadExactlyAsync(header).InTime();
        var frame = NameFrame.ReadQuery(header);
        byte[] query = new byte[frame.Length];
        await Stream.ReadExactlyAsync(query).InTime();
        return (frame, query);
    }

    internal Task AnswerAsync(uint id, byte[] answer)
    {
        byte[] bytes = new byte[NameFrame.SizeInBytes + answer.Length];
        new NameFrame(id, answer.Length, 0).Write(bytes);
        answer.CopyTo(bytes, NameFrame.SizeInBytes);
        return Stream.WriteAsync(bytes).InTime();
    }

    /// <summary>Answers every query with its own bytes and a letter, until the channel ends.</summary>
    internal async Task EchoAsync()
    {
        try
        {
            while (true)
            {
                (NameFrame frame, byte[] query) = await TakeAsync();
                await AnswerAsync(frame.Id, [.. query, (byte)'!']);
            }
        }
        catch (Exception failure) when (failure is GuestProtocolException or ObjectDisposedException or EndOfStreamException)
        {
            // The test has ended.
        }
    }

    /// <summary>A message with an id, long enough to be a query.</summary>
    internal static byte[] Query(int id, int length = 30)
    {
        byte[] query = new byte[length];
        BinaryPrimitives.WriteUInt16BigEndian(query, (ushort)id);
        query[2] = 1;
        query.AsSpan(12).Fill((byte)id);
        return query;
    }

    internal static byte[] Framed(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];

    /// <summary>Reads one message from a TCP client; null at the end.</summary>
    internal static async Task<byte[]?> ReadAsync(Socket client)
    {
        byte[]? length = await ReadAsync(client, 2);
        return length is null ? null : await ReadAsync(client, BinaryPrimitives.ReadUInt16BigEndian(length));
    }

    internal static async Task<byte[]> ReceiveAsync(Socket client)
    {
        byte[] buffer = new byte[ushort.MaxValue];
        return buffer[..await client.ReceiveAsync(buffer, SocketFlags.None).InTime()];
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await guest.DisposeAsync();
    }

    private static async Task<byte[]?> ReadAsync(Socket client, int length)
    {
        byte[] buffer = new byte[length];
        for (int read = 0; read < length;)
        {
            int count;
            try
            {
                count = await client.ReceiveAsync(buffer.AsMemory(read), SocketFlags.None).InTime();
            }
            catch (SocketException)
            {
                return null;
            }

            if (count == 0)
            {
                return null;
            }

            read += count;
        }

        return buffer;
    }

    /// <summary>Everything until the test's first wait happens on the calling thread, which is in the namespace.</summary>
    private static async Task RunHereAsync(Func<ResolverHost, Task> test)
    {
        (Stream hostEnd, Stream guestEnd) = Connect();
        GuestChannel host = GuestChannel.StartHost(hostEnd);
        GuestChannel guest = GuestChannel.StartGuest(guestEnd);
        guest.SendAsync(new GuestHello { ProtocolVersion = GuestProtocol.Version, KernelRelease = "" }).InTime().GetAwaiter().GetResult();
        host.ReceiveAsync().InTime().GetAwaiter().GetResult();
        GuestDataStream stream = host.OpenStream(StreamDirection.Both);
        host.SendAsync(new ShutDownGuest()).InTime().GetAwaiter().GetResult();
        guest.ReceiveAsync().InTime().GetAwaiter().GetResult();
        NameResolver.Start(guest.AcceptStream(stream.Id));
        await using ResolverHost resolver = new(host, guest, stream);
        await test(resolver);
    }

    private static (Stream Host, Stream Guest) Connect()
    {
        (SafeFileHandle first, SafeFileHandle second) = GuestSockets.CreatePair();
        return (
            new NetworkStream(new Socket(new SafeSocketHandle(Release(first), ownsHandle: true)), ownsSocket: true),
            new NetworkStream(new Socket(new SafeSocketHandle(Release(second), ownsHandle: true)), ownsSocket: true));
    }

    private static nint Release(SafeFileHandle handle)
    {
        nint descriptor = handle.DangerousGetHandle();
        handle.SetHandleAsInvalid();
        return descriptor;
    }
}
