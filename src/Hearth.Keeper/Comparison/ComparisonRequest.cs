using Hearth.Containers;

namespace Hearth.Keeper.Comparison;

/// <summary>Which ways to compare on which tree.</summary>
public sealed record ComparisonRequest
{
    /// <summary>What all guests have in common: the tree and the machine. Its process is replaced.</summary>
    public required ContainerDescription Container { get; init; }

    public required IReadOnlyList<ComparedMode> Modes { get; init; }

    /// <summary>Guests that each workload is measured in, for each mode.</summary>
    public int Rounds { get; init; } = 3;
}

/// <summary>One way to give the tree to a guest.</summary>
/// <param name="Name">For tables and plots.</param>
/// <param name="Rootfs">How the root is prepared.</param>
public sealed record ComparedMode(string Name, RootfsOptions Rootfs);
