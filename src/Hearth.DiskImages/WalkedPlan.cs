using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>The image of a tree as it was walked.</summary>
/// <param name="Image">The plan of the tree.</param>
/// <param name="Identities">As the <see cref="WalkedTree"/> has them.</param>
public sealed record WalkedPlan(ImagePlan Image, ReadOnlyMemory<HostIdentity> Identities)
{
    public WalkedTree Tree => new(Image.Tree, Identities);
}
