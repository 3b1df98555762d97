namespace Hearth.Firecracker.Api;

/// <summary>
/// The vsock device: the body of <c>PUT /vsock</c>; legal before the start. Firecracker creates the socket at
/// <see cref="UdsPath"/> and does not remove it.
/// </summary>
public sealed record Vsock
{
    /// <summary>The guest's context id: 3 or more; 2 is the host.</summary>
    public required uint GuestCid { get; init; }

    /// <summary>
    /// The Unix socket to which the host connects. Connections from the guest go to <c>UdsPath_PORT</c>, where a host process
    /// must listen.
    /// </summary>
    public required string UdsPath { get; init; }

    /// <summary>Deprecated by Firecracker.</summary>
    public string? VsockId { get; init; }
}

/// <summary>A source of random numbers: the body of <c>PUT /entropy</c>; legal before the start.</summary>
public sealed record EntropyDevice
{
    public RateLimiter? RateLimiter { get; init; }
}
