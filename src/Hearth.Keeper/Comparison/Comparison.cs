namespace Hearth.Keeper.Comparison;

/// <summary>The ways to give one tree to a guest, side by side.</summary>
public sealed record RootfsComparison
{
    /// <summary>The tree.</summary>
    public required string Source { get; init; }

    /// <summary>Guests that ran each workload, of which the figures are medians.</summary>
    public required int Rounds { get; init; }

    /// <summary>The VMM's name.</summary>
    public string? Vmm { get; init; }

    /// <summary><c>kvm</c> or <c>tcg</c>.</summary>
    public string? Accelerator { get; init; }

    public required long Files { get; init; }

    public required long ContentBytes { get; init; }

    /// <summary>In the order in which they were asked for.</summary>
    public required IReadOnlyList<ModeFigures> Modes { get; init; }
}

/// <summary>What one way costs.</summary>
public sealed record ModeFigures
{
    /// <summary><c>lazy erofs</c>, <c>ext4</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Why there are no figures; null where there are.</summary>
    public string? Error { get; init; }

    /// <summary>From the start until a machine could open its disk.</summary>
    public double PrepareMs { get; init; }

    /// <summary>The same in later runs, which find the plan or the image in the cache: the median of all.</summary>
    public double PrepareAgainMs { get; init; }

    /// <summary>From the start until a first command's output has arrived here.</summary>
    public double FirstOutputMs { get; init; }

    /// <summary>Bytes of file contents read from the tree until then.</summary>
    public long SourceBytes { get; init; }

    /// <summary>What the prepared image takes on the disk; 0 where there is none.</summary>
    public long DiskBytes { get; init; }

    /// <summary>In the order of <see cref="Workload.All"/>, those that the tree has no program for left out.</summary>
    public IReadOnlyList<WorkloadFigures> Workloads { get; init; } = [];
}

/// <summary>How long a workload ran in guests of one mode, from its process's start to its end.</summary>
/// <param name="Workload">Its name.</param>
/// <param name="MedianMs">Over the rounds.</param>
/// <param name="BestMs">The quickest.</param>
public sealed record WorkloadFigures(string Workload, double MedianMs, double BestMs);
