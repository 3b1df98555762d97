using System.Globalization;
using Hearth.Containers;
using Hearth.Images.Traces;

namespace Hearth.Rendering;

/// <summary>A line of <c>hearth image trace</c>.</summary>
/// <param name="Order">From 1.</param>
/// <param name="Path">Of the file.</param>
/// <param name="Bytes">Of all ranges.</param>
/// <param name="Ranges">Such as <c>0+4096,65536+8192</c>: offset and length of each.</param>
public sealed record TraceRow(string Order, string Path, string Bytes, string Ranges)
{
    public static IEnumerable<TraceRow> Of(ImageTrace trace) => trace.Files.Select((file, number) => new TraceRow(
        (number + 1).ToString(CultureInfo.InvariantCulture),
        file.Path,
        $"{new ByteSize(file.Ranges.Sum(range => range.Length))}",
        string.Join(',', file.Ranges.Select(range => string.Create(CultureInfo.InvariantCulture, $"{range.Offset}+{range.Length}")))));
}
