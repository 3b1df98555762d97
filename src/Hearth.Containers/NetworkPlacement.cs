namespace Hearth.Containers;

/// <summary>A container's place in a network, as it was requested.</summary>
/// <param name="Network">The network's name.</param>
public sealed record NetworkPlacement(string Network)
{
    /// <summary>The container's IPv4 address; null for any free one.</summary>
    public string? Address { get; init; }

    /// <summary>The interface's MAC address; null for one that follows from the IPv4 address.</summary>
    public string? HardwareAddress { get; init; }

    /// <summary>Further names of the container in this network.</summary>
    public IReadOnlyList<string> Aliases { get; init => field = value ?? []; } = [];
}
