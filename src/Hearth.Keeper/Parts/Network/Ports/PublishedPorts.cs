using System.Net;
using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>
/// The published ports of a container. Rules of the host lead to it whatever arrives at the host's addresses, with the
/// client's address unchanged. Connections by loopback addresses, which cannot be translated, are relayed by this process.
/// </summary>
internal sealed class PublishedPorts : IAsyncDisposable
{
    private readonly List<PortReservation> reservations = [];
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> relays = [];
    private RelayBudget? budget;

    /// <summary>Only a relay can lead to the container's loopback interface, so it takes all connections and datagrams.</summary>
    private readonly bool relaysAll;

    private PublishedPorts(bool relaysAll) => this.relaysAll = relaysAll;

    /// <summary>The ports, with the numbers that free ones got.</summary>
    public IReadOnlyList<PortMapping> Mappings => [.. reservations.Select(reservation => reservation.Mapping)];

    /// <summary>The same, as networks know them.</summary>
    public IReadOnlyList<PublishedPort> All => [.. reservations.Select(reservation => reservation.Port)];

    /// <summary>Adds to a request what the network's rules have to do for the ports.</summary>
    public AttachRequest AddTo(AttachRequest request)
    {
        PublishedPort[] reachable = [.. All.Where(port => port.HostAddress is not { } address || !IPAddress.IsLoopback(address))];
        return relaysAll
            ? request with { RelayedPorts = reachable }
            : request with { Ports = reachable };
    }

    /// <summary>Takes the ports of the host.</summary>
    /// <exception cref="HearthException">One is in use.</exception>
    public static PublishedPorts Reserve(NetworkOptions options)
    {
        PublishedPorts ports = new(options.PublishesLoopback);
        try
        {
            foreach (PortMapping wanted in Wanted(options))
            {
                ports.reservations.Add(PortReservation.Take(wanted));
            }

            return ports;
        }
        catch
        {
            ports.reservations.ForEach(reservation => reservation.Dispose());
            throw;
        }
    }

    /// <summary>Begins to relay what arrives at the ports themselves.</summary>
    public void Relay(IPortTarget target, TimeProvider clock)
    {
        budget = RelayBudget.OfProcess(reservations.SelectMany(reservation => reservation.Sockets).Count(socket => socket.SocketType == SocketType.Dgram));
        foreach (PortReservation reservation in reservations)
        {
            int port = reservation.Mapping.ContainerPort;
            relays.AddRange(reservation.Sockets.Select(socket => socket.SocketType == SocketType.Stream
                ? new ConnectionRelay(socket, target, port, budget, clock).RunAsync(stop.Token)
                : new DatagramRelay(socket, target, port, budget.ClientsPerSocket).RunAsync(stop.Token)));
        }
    }

    /// <summary>Releases the ports and cuts the relayed connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        reservations.ForEach(reservation => reservation.Dispose());
        await Task.WhenAll(relays).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
        budget?.Dispose();
    }

    private static IEnumerable<PortMapping> Wanted(NetworkOptions options)
    {
        IEnumerable<PortMapping> exposed = !options.PublishesExposedPorts ? []
            : from text in options.ExposedPorts.SelectMany(text => PortMapping.TryExpand(text) ?? []).Distinct()
              let slash = text.IndexOf('/', StringComparison.Ordinal)
              let exposure = new PortMapping(null, 0, int.Parse(text.AsSpan(0, slash), provider: null), text[(slash + 1)..])
              where !options.Ports.Any(port => port.ContainerPort == exposure.ContainerPort && port.Protocol == exposure.Protocol)
              select exposure;
        return [.. options.Ports, .. exposed];
    }
}
