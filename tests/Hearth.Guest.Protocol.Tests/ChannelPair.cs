using System.Net.Sockets;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Protocol.Tests;

/// <summary>A host's and a guest's channel over a real Unix socket; the guest has said hello.</summary>
internal sealed class ChannelPair : IAsyncDisposable
{
    private ChannelPair(GuestChannel host, GuestChannel guest)
    {
        Host = host;
        Guest = guest;
    }

    public GuestChannel Host { get; }

    public GuestChannel Guest { get; }

    public static async Task<ChannelPair> OpenAsync()
    {
        (Stream host, Stream guest) = await ConnectAsync();
        return await OpenAsync(host, guest);
    }

    public static async Task<ChannelPair> OpenAsync(Stream host, Stream guest)
    {
        ChannelPair pair = new(GuestChannel.StartHost(host), GuestChannel.StartGuest(guest));
        await pair.Guest.SendAsync(new GuestHello { ProtocolVersion = GuestProtocol.Version, KernelRelease = "6.1" });
        Assert.IsType<GuestHello>(await pair.Host.ReceiveAsync());
        return pair;
    }

    public static async Task<(Stream Host, Stream Guest)> ConnectAsync()
    {
        string directory = Directory.CreateTempSubdirectory("hearth-protocol-").FullName;
        try
        {
            UnixDomainSocketEndPoint address = new(Path.Combine(directory, "s"));
            using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(address);
            listener.Listen();
            Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(address);
            return (new NetworkStream(await listener.AcceptAsync(), ownsSocket: true), new NetworkStream(client, ownsSocket: true));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Opens a stream on both sides.</summary>
    public async Task<(GuestDataStream Host, GuestDataStream Guest)> OpenStreamAsync(StreamDirection direction)
    {
        GuestDataStream host = Host.OpenStream(direction);
        await Host.SendAsync(new ShutDownGuest());
        Assert.IsType<ShutDownGuest>(await Guest.ReceiveAsync());
        return (host, Guest.AcceptStream(host.Id));
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Guest.DisposeAsync();
    }
}
