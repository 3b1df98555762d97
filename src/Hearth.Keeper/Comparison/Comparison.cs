namespace Hearth.Keeper.Comparison;

/// <summary>The comparison of several ways to provide one tree to a guest.</summary>
public sealed record RootfsComparison
{
    /// <summary>The path of the tree.</summary>
    public required string Source { get; init; }

    /// <summary>The number of guests that ran each workload; the figures are their medians.</summary>
    public required int Rounds { get; init; }

    /// <summary>The VMM's name.</summary>
    public string? Vmm { get; init; }

    /// <summary><c>kvm</c> or <c>tcg</c>.</summary>
    public string? Accelerator { get; init; }

    public required long Files { get; init; }

    public required long ContentBytes { get; init; }

    /// <summary>In the order of the request.</summary>
    public required IReadOnlyList<ModeFigures> Modes { get; init; }
}

/// <summary>The cost of one way.</summary>
public sealed record ModeFigures
{
    /// <summary><c>lazy erofs</c>, <c>ext4</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Why there are no figures; null if there are.</summary>
    public string? Error { get; init; }

    /// <summary>The time from the start until a machine can open its disk, in milliseconds.</summary>
    public double PrepareMs { get; init; }

    /// <summary>The same time in later runs, which find the plan or the image in the cache: the median of all.</summary>
    public double PrepareAgainMs { get; init; }

    /// <summary>The time from the start until a first command's output arrives at the host, in milliseconds.</summary>
    public double FirstOutputMs { get; init; }

    /// <summary>Bytes of file contents read from the tree until then.</summary>
    public long SourceBytes { get; init; }

    /// <summary>The space that the prepared image uses on the disk; 0 if there is none.</summary>
    public long DiskBytes { get; init; }

    /// <summary>In the order of <see cref="Workload.All"/>, without those whose program the tree does not contain.</summary>
    public IReadOnlyList<WorkloadFigures> Workloads { get; init; } = [];
}

/// <summary>How long a workload ran in guests of one mode, from its process's start to its end.</summary>
/// <param name="Workload">Its name.</param>
/// <param name="MedianMs">The median of the rounds.</param>
/// <param name="BestMs">The shortest of the rounds.</param>
public sealed record WorkloadFigures(string Workload, double MedianMs, double BestMs);
