namespace Hearth.FileTree;

/// <summary>One extended attribute: the full name (as in <c>user.colour</c>, without a NUL) and the value's bytes.</summary>
public readonly record struct Xattr(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Value);
