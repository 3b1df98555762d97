namespace Hearth.Records.Rotation;

/// <summary>A line of a rotated file, without its end.</summary>
/// <param name="Place">Where it begins.</param>
/// <param name="Bytes">Good until the next line is asked for.</param>
internal readonly record struct RotatedLine(LinePlace Place, ReadOnlyMemory<byte> Bytes);
