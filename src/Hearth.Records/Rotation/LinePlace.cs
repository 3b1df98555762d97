namespace Hearth.Records.Rotation;

/// <summary>A position in all the content of a rotated file.</summary>
/// <param name="File">Counted from the oldest file that existed when reading began.</param>
/// <param name="Offset">In bytes, within that file.</param>
internal readonly record struct LinePlace(int File, long Offset) : IComparable<LinePlace>
{
    public static bool operator <(LinePlace left, LinePlace right) => left.CompareTo(right) < 0;

    public static bool operator >(LinePlace left, LinePlace right) => left.CompareTo(right) > 0;

    public static bool operator <=(LinePlace left, LinePlace right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LinePlace left, LinePlace right) => left.CompareTo(right) >= 0;

    public int CompareTo(LinePlace other) => (File, Offset).CompareTo((other.File, other.Offset));
}
