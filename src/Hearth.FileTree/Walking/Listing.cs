namespace Hearth.FileTree.Walking;

/// <summary>What one directory holds: a stretch of a store.</summary>
/// <param name="Store">Where its entries are; null only for a listing that vanished.</param>
/// <param name="First">The first entry's index.</param>
/// <param name="Count">How many follow each other.</param>
/// <param name="State">Whether the directory belongs into the tree.</param>
internal readonly record struct Listing(EntryStore? Store, int First, int Count, ListingState State);

internal enum ListingState : byte
{
    /// <summary>Gone, or no longer a directory, before it could be opened: as if it had never been found.</summary>
    Vanished,

    /// <summary>Read and taken.</summary>
    Read,

    /// <summary>Taken only if something in it is: a directory on the way to an included path.</summary>
    OnTheWay,
}
