namespace Hearth.Distribution.Sources.Registry.Settings;

/// <summary>How long a registry may take, and how often it is asked.</summary>
public sealed record RegistryLimits
{
    /// <summary>Requests for one thing before it fails, the first included; for blobs, requests without a byte of progress.</summary>
    public int MostAttempts { get; init; } = 4;

    /// <summary>Before the second attempt; doubled for each further one, and shortened at random by up to a half.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A registry that asks for a longer pause (Retry-After) fails the request.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(2);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Until an answer's headers.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For a registry to check and keep a blob whose last byte it has.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A body that gives fewer than <see cref="LeastBytesBeforeStall"/> in this time is asked for again over another connection.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Some kilobytes: a starved connection gives a packet now and then.</summary>
    public int LeastBytesBeforeStall { get; init; } = 16 << 10;

    /// <summary>A range is asked for a second time after this, while too few ranges were read to know how long one takes.</summary>
    public TimeSpan FirstHedgeDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A range is never asked for a second time sooner.</summary>
    public TimeSpan LeastHedgeDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>To one host; more than callers need, since a request that waits for a connection is one without an answer.</summary>
    public int MostConnections { get; init; } = 256;

    /// <summary>For a credential helper, which may ask a cloud's service.</summary>
    public TimeSpan HelperTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
