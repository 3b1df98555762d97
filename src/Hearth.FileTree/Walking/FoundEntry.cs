using System.Runtime.InteropServices;

namespace Hearth.FileTree.Walking;

/// <summary>A name that a walker found, and its node.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct FoundEntry
{
    /// <summary>The node without its place in the tree; <see cref="Node.LinkCount"/> is that of the source file.</summary>
    internal Node Node;

    internal SourceIdentity Identity;

    /// <summary>Reference to the name in its store.</summary>
    internal int Name;

    /// <summary>The number of a directory's own listing; -1 for a directory that was not entered, and for any other node.</summary>
    internal int Listing;

    /// <summary>The same number, above 0, for all names of a hard-linked node; 0 for a node with one name.</summary>
    internal int LinkGroup;

    internal byte NameLength;
}
