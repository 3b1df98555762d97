using System.Net;
using System.Net.Sockets;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>A container at its addresses.</summary>
/// <param name="ipv4">Its IPv4 address.</param>
/// <param name="ipv6">Its IPv6 address.</param>
internal sealed class NetworkTarget(IPAddress ipv4, IPAddress ipv6) : IPortTarget
{
    /// <summary>A guest answers at once, also with a refusal; it does not answer before it has its addresses.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(20);

    /// <summary>A server may listen by one family only, while the client has chosen the other one.</summary>
    public async Task<IPortConnection?> ConnectAsync(int port, AddressFamily family, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        foreach (IPAddress address in AddressesFor(family))
        {
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), deadline.Token).ConfigureAwait(false);
                return new SocketConnection(socket);
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException)
            {
                socket.Dispose();
            }
        }

        return null;
    }

    public Task<IDatagramFlow> OpenDatagramsAsync(int port, AddressFamily family, CancellationToken cancellationToken)
    {
        IPAddress address = AddressesFor(family)[0];
        Socket socket = new(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Connect(new IPEndPoint(address, port));
            return Task.FromResult<IDatagramFlow>(new SocketFlow(socket));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private IPAddress[] AddressesFor(AddressFamily family) => family == AddressFamily.InterNetwork ? [ipv4, ipv6] : [ipv6, ipv4];
}
