using Hearth.Linux.Sockets;

namespace Hearth.Guest.Init.Network.Names;

/// <summary>Where to send the answer to a query: a connection, or a UDP sender if there is none.</summary>
internal readonly struct PendingQuery(NameConnection? connection, in Ipv4SocketAddress sender)
{
    internal NameConnection? Connection { get; } = connection;

    internal Ipv4SocketAddress Sender { get; } = sender;
}
