namespace Hearth.Records.Rotation;

/// <summary>A line of a rotated file, without its end.</summary>
/// <param name="Place">Where it begins.</param>
/// <param name="Bytes">Valid until the next line is read.</param>
internal readonly record struct RotatedLine(LinePlace Place, ReadOnlyMemory<byte> Bytes);
