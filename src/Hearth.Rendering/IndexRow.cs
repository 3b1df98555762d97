using System.Globalization;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.References;

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

    public static IndexRow Of(LayerIndexEntry layer) => new(
        Digest.Parse(layer.Layer).Hex[..ShownDigits],
        $"{new ByteSize(layer.LayerBytes)}",
        layer.Useful ? layer.Spans.ToString(CultureInfo.InvariantCulture) : "none",
        $"{new ByteSize(layer.IndexBytes)}",
        string.Create(CultureInfo.InvariantCulture, $"{100.0 * layer.IndexBytes / Math.Max(1, layer.LayerBytes):0.00}%"));
}
