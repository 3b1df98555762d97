namespace Hearth.Firecracker.Api;

/// <summary>A network device for <c>PUT /network-interfaces/{iface_id}</c>; before the start.</summary>
public sealed record NetworkInterface
{
    /// <summary>Letters, digits and underscores.</summary>
    public required string IfaceId { get; init; }

    /// <summary>An existing TAP device.</summary>
    public required string HostDevName { get; init; }

    public string? GuestMac { get; init; }

    public RateLimiter? RxRateLimiter { get; init; }

    public RateLimiter? TxRateLimiter { get; init; }
}

/// <summary>New limits for <c>PATCH /network-interfaces/{iface_id}</c>; after the start.</summary>
public sealed record NetworkInterfaceUpdate
{
    public required string IfaceId { get; init; }

    public RateLimiter? RxRateLimiter { get; init; }

    public RateLimiter? TxRateLimiter { get; init; }
}
