using System.Text.Json.Serialization;

namespace Hearth.Containers.Reports;

/// <summary>An image's part of a <see cref="RunReport"/>: how its layers came to the root.</summary>
public sealed record ImageReport
{
    /// <summary>As docker shows it.</summary>
    public required string Name { get; init; }

    public required ImageWay Way { get; init; }

    /// <summary>Layers that the store did not have at the start.</summary>
    public int LazyLayers { get; init; }

    /// <summary>All of their compressed bytes.</summary>
    public long LazyBytes { get; init; }

    /// <summary>Compressed bytes of them that the store still did not have at the end.</summary>
    public long MissingBytes { get; init; }

    /// <summary>Compressed bytes that this run fetched.</summary>
    public long FetchedBytes { get; init; }

    /// <summary>Requests to the source that it answered.</summary>
    public long Fetches { get; init; }

    /// <summary>The sum of their durations, in milliseconds.</summary>
    public double FetchesMs { get; init; }

    /// <summary>How long each of them took; null in a report of a version that did not count it.</summary>
    public DurationCounts? FetchTimes { get; init; }

    /// <summary>Requests to the source that failed.</summary>
    public long FailedFetches { get; init; }

    /// <summary>Reads that had to wait for the source.</summary>
    public long Waits { get; init; }

    /// <summary>The sum of these waits, in milliseconds.</summary>
    public double WaitedMs { get; init; }

    /// <summary>Whether reads waited so long that everything was fetched as fast as possible.</summary>
    public bool IsHurried { get; init; }
}

/// <summary>How an image's layers came to a root.</summary>
public enum ImageWay
{
    /// <summary>The store had them.</summary>
    [JsonStringEnumMemberName("cached")]
    Cached,

    /// <summary>Some were fetched when they were read.</summary>
    [JsonStringEnumMemberName("lazy")]
    Lazy,

    /// <summary>Some were fetched before the start, and the others were there.</summary>
    [JsonStringEnumMemberName("eager")]
    Eager,
}
