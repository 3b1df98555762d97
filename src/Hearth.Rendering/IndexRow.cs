using System.Globalization;
using Hearth.Containers;
using Hearth.Images.Indexes;

namespace Hearth.Rendering;

/// <summary>A line of <c>hearth image index</c>.</summary>
/// <param name="Layer">The beginning of its digest.</param>
/// <param name="Size">Compressed.</param>
/// <param name="Spans">The parts that are fetched by themselves; none if the layer is only fetched whole.</param>
/// <param name="Index">The size of the index with its windows.</param>
/// <param name="Ratio">Of the index to the layer.</param>
public sealed record IndexRow(string Layer, string Size, string Spans, string Index, string Ratio)
{
    private const int ShownDigits = 12;

    public static IndexRow Of(IndexedLayer layer) => new(
        layer.Layer.Digest.Hex[..ShownDigits],
        $"{new ByteSize(layer.Layer.Size)}",
        layer.IsUseful ? layer.Index.Spans.Count.ToString(CultureInfo.InvariantCulture) : "none",
        $"{new ByteSize(layer.Size)}",
        string.Create(CultureInfo.InvariantCulture, $"{100.0 * layer.Size / Math.Max(1, layer.Layer.Size):0.00}%"));
}
