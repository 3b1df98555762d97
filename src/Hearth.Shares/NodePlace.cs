namespace Hearth.Shares;

/// <summary>A place at which a node was seen.</summary>
/// <param name="Parent">The directory; its <see cref="Node.Children"/> count includes this place.</param>
/// <param name="Name">The node's name in it, with a NUL.</param>
internal readonly record struct NodePlace(Node Parent, byte[] Name);
