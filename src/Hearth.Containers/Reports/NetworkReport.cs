namespace Hearth.Containers.Reports;

/// <summary>What a container has sent and received, and what its egress policy has denied.</summary>
public sealed record NetworkReport
{
    public IReadOnlyList<InterfaceReport> Interfaces { get; init => field = value ?? []; } = [];

    /// <summary>What was denied in the last ten minutes; names since the start.</summary>
    public IReadOnlyList<DeniedConnection> Denied { get; init => field = value ?? []; } = [];
}

/// <summary>An interface's counters as the container sees them, read on the host.</summary>
/// <param name="Network">The network's name.</param>
public sealed record InterfaceReport(string Network)
{
    public required long ReceivedBytes { get; init; }

    public required long ReceivedPackets { get; init; }

    public required long ReceivedDropped { get; init; }

    public required long SentBytes { get; init; }

    public required long SentPackets { get; init; }

    public required long SentDropped { get; init; }
}

/// <summary>A destination that the container was denied.</summary>
/// <param name="Destination">An address, a name that was not resolved, or <c>others</c> for those that are too many to be listed.</param>
/// <param name="Protocol">Such as <c>tcp</c> or <c>icmp</c>; <c>dns</c> for a name; <c>all</c> for other addresses together.</param>
/// <param name="Port">The port; 0 for protocols without ports, and for names.</param>
/// <param name="Count">How many packets or queries were denied.</param>
public sealed record DeniedConnection(string Destination, string Protocol, int Port, long Count);
