namespace Hearth.Firecracker.Api;

/// <summary>The device of <c>PUT /vsock</c>; before the start. Firecracker binds <see cref="UdsPath"/> itself, and leaves it behind.</summary>
public sealed record Vsock
{
    /// <summary>3 or more; 2 is the host.</summary>
    public required uint GuestCid { get; init; }

    /// <summary>For the host's connections; the guest's go to <c>UdsPath_PORT</c>, where the host has to listen.</summary>
    public required string UdsPath { get; init; }

    /// <summary>Deprecated by Firecracker.</summary>
    public string? VsockId { get; init; }
}

/// <summary>A source of random numbers, for <c>PUT /entropy</c>; before the start.</summary>
public sealed record EntropyDevice
{
    public RateLimiter? RateLimiter { get; init; }
}
