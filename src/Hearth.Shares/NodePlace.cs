namespace Hearth.Shares;

/// <summary>Where a node was seen.</summary>
/// <param name="Parent">The directory; the place counts among its <see cref="Node.Children"/>.</param>
/// <param name="Name">Its name there, with a NUL.</param>
internal readonly record struct NodePlace(Node Parent, byte[] Name);
