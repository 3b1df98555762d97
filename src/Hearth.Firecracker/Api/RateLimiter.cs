namespace Hearth.Firecracker.Api;

/// <summary>Limits of bytes and of operations, independent of each other.</summary>
public sealed record RateLimiter
{
    public TokenBucket? Bandwidth { get; init; }

    public TokenBucket? Ops { get; init; }
}

/// <summary>A bucket of tokens that refills at a constant rate, from empty to full in <see cref="RefillTime"/>.</summary>
public sealed record TokenBucket
{
    /// <summary>The capacity in bytes or operations.</summary>
    public required long Size { get; init; }

    /// <summary>Milliseconds from empty to full.</summary>
    public required long RefillTime { get; init; }

    /// <summary>Additional tokens that are available once and not refilled.</summary>
    public long? OneTimeBurst { get; init; }
}
