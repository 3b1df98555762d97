using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Hearth.Fuse.Tests.Support;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Shares.Tests.Support;

/// <summary>A share's other end that is no kernel: it sends what it likes.</summary>
internal sealed class ShareClient : IAsyncDisposable
{
    public const ulong Root = 1;

    private readonly Stream stream;
    private ulong lastUnique;

    private ShareClient(ShareOptions options)
    {
        StreamPair pair = StreamPair.Create();
        stream = pair.Guest;
        Server = Share.Open(options).Serve(pair.Host);
    }

    public ShareServer Server { get; }

    /// <summary>Connects and greets as a kernel of 7.38 does.</summary>
    public static ShareClient Connect(string source, Func<ShareOptions, ShareOptions>? change = null)
    {
        ShareClient client = ConnectMutely(source, change);
        Reply init = client.Ask(FuseOpcode.Init, Root, Bytes(new FuseInitIn { Major = 7, Minor = 38, Flags = uint.MaxValue }));
        Assert.Equal(Errno.None, init.Errno);
        return client;
    }

    /// <summary>Connects, and leaves the greeting to the test.</summary>
    public static ShareClient ConnectMutely(string source, Func<ShareOptions, ShareOptions>? change = null)
    {
        var options = new ShareOptions { Source = source };
        return new ShareClient(change?.Invoke(options) ?? options);
    }

    public static byte[] Bytes<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    public static byte[] Name(string name) => Encoding.UTF8.GetBytes(name + '\0');

    /// <summary>Sends a request and waits for its answer; whatever else comes before it is passed over.</summary>
    public Reply Ask(FuseOpcode opcode, ulong node, byte[] body, uint user = 0, uint group = 0)
    {
        ulong unique = Send(opcode, node, body, user, group);
        while (true)
        {
            Reply reply = Receive();
            if (reply.Unique == unique)
            {
                return reply;
            }
        }
    }

    public Errno ErrnoOf(FuseOpcode opcode, ulong node, params byte[][] body) => Ask(opcode, node, [.. body.SelectMany(part => part)]).Errno;

    /// <summary>Sends a request.</summary>
    /// <returns>Its number.</returns>
    public ulong Send(FuseOpcode opcode, ulong node, byte[] body, uint user = 0, uint group = 0)
    {
        var header = new FuseInHeader
        {
            Length = (uint)(Unsafe.SizeOf<FuseInHeader>() + body.Length),
            Opcode = opcode,
            Unique = ++lastUnique,
            NodeId = node,
            Uid = user,
            Gid = group,
        };
        SendRaw([.. Bytes(header), .. body]);
        return lastUnique;
    }

    public void SendRaw(byte[] bytes) => stream.Write(bytes);

    /// <summary>Ends what this side sends, and goes on receiving.</summary>
    public void EndSending() => ((System.Net.Sockets.NetworkStream)stream).Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);

    public Reply Receive()
    {
        byte[] bytes = new byte[Unsafe.SizeOf<FuseOutHeader>()];
        stream.ReadTimeout = (int)FuseSupport.Deadline.TotalMilliseconds;
        stream.ReadExactly(bytes);
        var header = MemoryMarshal.Read<FuseOutHeader>(bytes);
        byte[] body = new byte[header.Length - bytes.Length];
        stream.ReadExactly(body);
        return new Reply(header.Unique, (Errno)(-header.Error), body);
    }

    /// <summary>Looks a name up, which has to be there.</summary>
    public ulong Lookup(ulong parent, string name) => LookupEntry(parent, name).NodeId;

    public FuseEntryOut LookupEntry(ulong parent, string name)
    {
        Reply reply = Ask(FuseOpcode.Lookup, parent, Name(name));
        Assert.Equal(Errno.None, reply.Errno);
        return reply.Read<FuseEntryOut>();
    }

    public ulong Open(ulong node, uint flags = 0)
    {
        Reply reply = Ask(FuseOpcode.Open, node, Bytes(new FuseOpenIn { Flags = flags }));
        Assert.Equal(Errno.None, reply.Errno);
        return reply.Read<FuseOpenOut>().FileHandle;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await stream.DisposeAsync();
        Assert.Equal((0, 0), (Server.Statistics.OpenFiles, Server.Statistics.HeldNodes));
    }

    internal sealed record Reply(ulong Unique, Errno Errno, byte[] Body)
    {
        public T Read<T>()
            where T : unmanaged => MemoryMarshal.Read<T>(Body);
    }
}
