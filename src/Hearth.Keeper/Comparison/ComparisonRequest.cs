using Hearth.Containers;

namespace Hearth.Keeper.Comparison;

/// <summary>Which ways to compare, and on which tree.</summary>
public sealed record ComparisonRequest
{
    /// <summary>The tree and the machine that all guests share. Its process is replaced.</summary>
    public required ContainerDescription Container { get; init; }

    public required IReadOnlyList<ComparedMode> Modes { get; init; }

    /// <summary>The number of guests in which each workload is measured, per mode.</summary>
    public int Rounds { get; init; } = 3;
}

/// <summary>One way to provide the tree to a guest.</summary>
/// <param name="Name">The name for tables and plots.</param>
/// <param name="Rootfs">How the root is prepared.</param>
public sealed record ComparedMode(string Name, RootfsOptions Rootfs);
