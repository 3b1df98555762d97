using System.Security.Cryptography;

namespace Hearth.FileTree;

/// <summary>A tree as a walk found it on the host.</summary>
/// <param name="Tree">What was found.</param>
/// <param name="Identities">Which file each node is, by the node's number; empty for a tree that is no directory's of this host.</param>
public sealed record WalkedTree(Tree Tree, ReadOnlyMemory<HostIdentity> Identities)
{
    /// <summary>
    /// SHA-256 over all of it: the same for two walks only if they found the same tree of the same files, by device, inode
    /// number, size and modification time too.
    /// </summary>
    public byte[] Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Tree.Parts.Digest());
        TreeParts.AppendParts(hash, Identities.Span);
        return hash.GetHashAndReset();
    }

    /// <summary>The file that a node was walked from; nothing where the tree is not from this host.</summary>
    public HostIdentity IdentityOf(NodeId node) => Identities.IsEmpty ? default : Identities.Span[node.Index];
}
