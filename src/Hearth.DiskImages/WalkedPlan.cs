using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>The image of a walked tree.</summary>
/// <param name="Image">The plan of the tree.</param>
/// <param name="Identities">The host file of each node, as in <see cref="WalkedTree"/>.</param>
public sealed record WalkedPlan(ImagePlan Image, ReadOnlyMemory<SourceIdentity> Identities)
{
    public WalkedTree Tree => new(Image.Tree, Identities);
}
