using Hearth.Linux.Processes;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>
/// How much all relays of a container may use at once. Published ports are reachable by everybody, and the keeper needs descriptors
/// for everything else that it does.
/// </summary>
internal sealed class RelayBudget : IDisposable
{
    private const string DescriptorLimit = "RLIMIT_NOFILE";

    /// <summary>Two for each connection, and half of all descriptors for other things.</summary>
    private const int DescriptorsPerConnection = 4;

    /// <summary>A connection that rests takes some kilobytes.</summary>
    private const int MostConnections = 8192;

    private const int FewestConnections = 16;

    /// <summary>One descriptor for each client of UDP ports, and seven for other things.</summary>
    private const int DescriptorsPerClient = 8;

    private const int MostClients = 1024;

    private readonly SemaphoreSlim connections;

    /// <param name="descriptors">The descriptors that the process may have open.</param>
    /// <param name="datagramSockets">The sockets of UDP ports that share the clients.</param>
    public RelayBudget(ulong descriptors, int datagramSockets)
    {
        int open = (int)Math.Min(descriptors, int.MaxValue);
        Connections = Math.Clamp(open / DescriptorsPerConnection, FewestConnections, MostConnections);
        ClientsPerSocket = Math.Clamp(open / DescriptorsPerClient / Math.Max(datagramSockets, 1), 1, MostClients);
        connections = new SemaphoreSlim(Connections);
    }

    /// <summary>The most TCP connections at once; further clients wait in the kernel's backlog.</summary>
    public int Connections { get; }

    /// <summary>The most clients of a UDP port and an address family. With one more, the client that was silent the longest is forgotten.</summary>
    public int ClientsPerSocket { get; }

    /// <summary>The budget of this process.</summary>
    public static RelayBudget OfProcess(int datagramSockets) => new(ResourceLimits.Get(DescriptorLimit).Soft, datagramSockets);

    /// <summary>Waits until there is room for a connection.</summary>
    public Task TakeConnectionAsync(CancellationToken cancellationToken) => connections.WaitAsync(cancellationToken);

    public void ReturnConnection()
    {
        try
        {
            connections.Release();
        }
        catch (ObjectDisposedException)
        {
            // The relays have ended, and this was one of their last connections.
        }
    }

    public void Dispose() => connections.Dispose();
}
