using System.Net.Sockets;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>Where relayed ports lead to.</summary>
internal interface IPortTarget
{
    /// <summary>Connects to a port of the container by TCP.</summary>
    /// <param name="port">The container's port.</param>
    /// <param name="family">The client's address family, which is tried first.</param>
    /// <param name="cancellationToken">The end of the run.</param>
    /// <returns>The connection, which the caller owns; null if nobody listens there.</returns>
    Task<IPortConnection?> ConnectAsync(int port, AddressFamily family, CancellationToken cancellationToken);

    /// <summary>A way to a UDP port of the container for one client; the caller owns it.</summary>
    /// <param name="port">The container's port.</param>
    /// <param name="family">The client's address family.</param>
    /// <param name="cancellationToken">The end of the run.</param>
    /// <exception cref="SocketException">The container cannot be reached.</exception>
    Task<IDatagramFlow> OpenDatagramsAsync(int port, AddressFamily family, CancellationToken cancellationToken);
}
