namespace Hearth.Firecracker.Api;

/// <summary>A network device: the body of <c>PUT /network-interfaces/{iface_id}</c>; legal before the start.</summary>
public sealed record NetworkInterface
{
    /// <summary>Letters, digits and underscores.</summary>
    public required string IfaceId { get; init; }

    /// <summary>The name of an existing TAP device.</summary>
    public required string HostDevName { get; init; }

    public string? GuestMac { get; init; }

    public RateLimiter? RxRateLimiter { get; init; }

    public RateLimiter? TxRateLimiter { get; init; }
}

/// <summary>New limits: the body of <c>PATCH /network-interfaces/{iface_id}</c>; legal after the start.</summary>
public sealed record NetworkInterfaceUpdate
{
    public required string IfaceId { get; init; }

    public RateLimiter? RxRateLimiter { get; init; }

    public RateLimiter? TxRateLimiter { get; init; }
}
