namespace Hearth.FileTree;

/// <summary>A node's number in its <see cref="Tree"/>: 0 is the root; numbers follow a walk in name order, parents first.</summary>
public readonly record struct NodeId(int Index)
{
    public override string ToString() => $"node {Index}";
}
