using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>
/// Sockets of the host that hold a port from before the machine boots to the run's end, so that nobody else gets it. What the
/// rules do not lead to the container arrives at them: connections by 127.0.0.1 and ::1.
/// </summary>
/// <param name="mapping">The port; its number on the host is known.</param>
/// <param name="sockets">One for each address family; those for TCP listen.</param>
internal sealed class PortReservation(PortMapping mapping, IReadOnlyList<Socket> sockets) : IDisposable
{
    private const string Datagrams = "udp";

    private const int Backlog = 1024;

    /// <summary>How often a free port of one family may be in use in the other one.</summary>
    private const int Attempts = 64;

    public PortMapping Mapping => mapping;

    public IReadOnlyList<Socket> Sockets => sockets;

    /// <summary>The port as networks know it.</summary>
    public PublishedPort Port => new(
        mapping.Protocol == Datagrams ? TransportProtocol.Udp : TransportProtocol.Tcp,
        mapping.HostAddress is { } address ? IPAddress.Parse(address) : null,
        (ushort)mapping.HostPort,
        (ushort)mapping.ContainerPort);

    /// <exception cref="HearthException">The port is in use, or the address is not one of the host.</exception>
    public static PortReservation Take(PortMapping wanted)
    {
        int first = wanted.HostPort;
        for (int attempt = 0; ; attempt++)
        {
            List<Socket> taken = [];
            int port = first;
            try
            {
                foreach (IPAddress address in AddressesOf(wanted))
                {
                    if (TryBind(wanted, address, port) is { } socket)
                    {
                        taken.Add(socket);
                        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
                    }
                }

                return new PortReservation(wanted with { HostPort = port, LastHostPort = 0 }, taken);
            }
            catch (SocketException failure)
            {
                taken.ForEach(socket => socket.Dispose());
                if (first < wanted.LastHostPort && failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
                {
                    first++;
                    continue;
                }

                if (wanted.HostPort > 0 || taken.Count == 0 || attempt == Attempts)
                {
                    throw Refusal(wanted, failure);
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (Socket socket in sockets)
        {
            socket.Dispose();
        }
    }

    private static IPAddress[] AddressesOf(PortMapping wanted) =>
        wanted.HostAddress is { } address ? [IPAddress.Parse(address)] : [IPAddress.Any, IPAddress.IPv6Any];

    /// <returns>Null if the address was not requested by itself, and the host has no IPv6.</returns>
    private static Socket? TryBind(PortMapping wanted, IPAddress address, int port)
    {
        Socket? socket = null;
        try
        {
            socket = wanted.Protocol == Datagrams
                ? new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
                : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            socket.Bind(new IPEndPoint(address, port));
            if (socket.SocketType == SocketType.Stream)
            {
                socket.Listen(Backlog);
            }

            return socket;
        }
        catch (SocketException failure) when (wanted.HostAddress is null && failure.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
        {
            socket?.Dispose();
            return null;
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    private static HearthException Refusal(PortMapping wanted, SocketException failure)
    {
        string address = wanted.HostAddress is null ? "" : wanted.HostAddress.Contains(':', StringComparison.Ordinal) ? $"[{wanted.HostAddress}]:" : $"{wanted.HostAddress}:";
        string port = wanted.HostPort == 0 ? "a free port" : wanted.LastHostPort > 0 ? $"a port of {wanted.FormatHostPort()}" : string.Create(CultureInfo.InvariantCulture, $"port {wanted.HostPort}");
        string next = failure.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => wanted.LastHostPort > 0 ? "the host uses all of them already; choose others, or stop a program that listens there" : "the host uses it already; choose another port, or stop the program that listens there",
            SocketError.AddressNotAvailable => "the host has no such address; choose one that 'ip address' shows, or none for all",
            _ => failure.Message,
        };
        return new HearthException(HearthError.InvalidRequest, $"cannot publish {port} ({address}{(wanted.HostPort == 0 ? "0" : wanted.FormatHostPort())}/{wanted.Protocol}): {next}", failure);
    }
}
