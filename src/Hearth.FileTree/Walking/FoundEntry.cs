using System.Runtime.InteropServices;

namespace Hearth.FileTree.Walking;

/// <summary>A name that a walker found, with what stood behind it.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct FoundEntry
{
    /// <summary>The node without its place in the tree; <see cref="Node.LinkCount"/> is the source's.</summary>
    internal Node Node;

    internal HostIdentity Identity;

    /// <summary>The name in its store.</summary>
    internal int Name;

    /// <summary>A directory's own listing, or -1 for one that was not entered.</summary>
    internal int Listing;

    /// <summary>The same number, above 0, for all names of a hard-linked node; 0 for a node with one name.</summary>
    internal int LinkGroup;

    internal byte NameLength;
}
