namespace Hearth.Firecracker.Api;

/// <summary>Limits of bytes and of operations, independent of each other.</summary>
public sealed record RateLimiter
{
    public TokenBucket? Bandwidth { get; init; }

    public TokenBucket? Ops { get; init; }
}

/// <summary>A bucket that is refilled steadily: a full one in <see cref="RefillTime"/>.</summary>
public sealed record TokenBucket
{
    /// <summary>Bytes or operations.</summary>
    public required long Size { get; init; }

    /// <summary>Milliseconds from empty to full.</summary>
    public required long RefillTime { get; init; }

    /// <summary>On top, once.</summary>
    public long? OneTimeBurst { get; init; }
}
