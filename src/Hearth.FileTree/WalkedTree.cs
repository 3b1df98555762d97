using System.Security.Cryptography;

namespace Hearth.FileTree;

/// <summary>A tree as a walk found it on the host.</summary>
/// <param name="Tree">The tree that was found.</param>
/// <param name="Identities">
/// The host file of each node, by the node's number; empty for a tree that is not from a directory of this host.
/// </param>
public sealed record WalkedTree(Tree Tree, ReadOnlyMemory<SourceIdentity> Identities)
{
    /// <summary>
    /// SHA-256 over the tree and the identities: equal for two walks only if they found the same tree of the same files,
    /// including device, inode number, size and modification time.
    /// </summary>
    public byte[] Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Tree.Parts.Digest());
        TreeParts.AppendParts(hash, Identities.Span);
        return hash.GetHashAndReset();
    }

    /// <summary>The host file that a node was walked from; the default value if the tree is not from this host.</summary>
    public SourceIdentity IdentityOf(NodeId node) => Identities.IsEmpty ? default : Identities.Span[node.Index];
}
