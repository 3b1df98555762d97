using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.Rootfs;

namespace Hearth.Rendering;

/// <summary>A planned image as <c>hearth rootfs plan</c> shows it.</summary>
public sealed record PlanSummary
{
    public required string Directory { get; init; }

    public required string Format { get; init; }

    public required long Nodes { get; init; }

    public required long Directories { get; init; }

    public required long Files { get; init; }

    public required long Links { get; init; }

    /// <summary>Devices, fifos and sockets.</summary>
    public required long Others { get; init; }

    public required long ContentBytes { get; init; }

    public required long MetadataBytes { get; init; }

    public required long ImageBytes { get; init; }

    public required IReadOnlyList<Phase> Phases { get; init; }

    public required DirectoryUsage Usage { get; init; }

    public static PlanSummary Of(string directory, ImagePlan plan, DirectoryUsage usage, IReadOnlyList<Phase> phases)
    {
        var counts = new long[16];
        for (int i = 0; i < plan.Tree.NodeCount; i++)
        {
            counts[(int)plan.Tree[new NodeId(i)].Type]++;
        }

        long Count(NodeType type) => counts[(int)type];
        return new PlanSummary
        {
            Directory = directory,
            Format = RootfsPlanning.FileSystemOf(plan.Format),
            Nodes = plan.Tree.NodeCount,
            Directories = Count(NodeType.Directory),
            Files = Count(NodeType.Regular),
            Links = Count(NodeType.SymbolicLink),
            Others = plan.Tree.NodeCount - Count(NodeType.Directory) - Count(NodeType.Regular) - Count(NodeType.SymbolicLink),
            ContentBytes = plan.Tree.ContentBytes,
            MetadataBytes = plan.MetadataBytes,
            ImageBytes = plan.Length,
            Phases = phases,
            Usage = usage,
        };
    }
}
