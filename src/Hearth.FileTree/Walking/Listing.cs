namespace Hearth.FileTree.Walking;

/// <summary>The entries of one directory: a range of a store.</summary>
/// <param name="Store">Where its entries are; null only for a listing that vanished.</param>
/// <param name="First">The first entry's index.</param>
/// <param name="Count">The number of entries.</param>
/// <param name="State">Whether the directory belongs to the tree.</param>
internal readonly record struct Listing(EntryStore? Store, int First, int Count, ListingState State);

internal enum ListingState : byte
{
    /// <summary>Gone, or no longer a directory, before it could be opened; treated as never found.</summary>
    Vanished,

    /// <summary>Read and taken.</summary>
    Read,

    /// <summary>Taken only if something in it is taken: a directory on the way to an included path.</summary>
    OnTheWay,
}
