using System.Globalization;
using Hearth.Containers;
using Hearth.Distribution.Manifests;

namespace Hearth.Rendering;

/// <summary>A step of an image's making as a line of <c>history</c>; the names are docker's.</summary>
public sealed record HistoryRow(string ID, string CreatedAt, string CreatedSince, string CreatedBy, string Size, string Comment)
{
    private const int ShortLength = 45;

    /// <param name="entry">The step.</param>
    /// <param name="id">The image's, for its last step; docker knows no other.</param>
    /// <param name="sizeInBytes">Of the step's layer.</param>
    /// <param name="now">The time from which spans count.</param>
    /// <param name="isWhole">Whether nothing is truncated.</param>
    public static HistoryRow Of(HistoryEntry entry, string? id, long sizeInBytes, DateTimeOffset now, bool isWhole)
    {
        string by = (entry.CreatedBy ?? "").ReplaceLineEndings(" ").Replace('\t', ' ');
        return new HistoryRow(
            id ?? "<missing>",
            entry.Created?.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture) ?? "",
            entry.Created is { } created ? $"{ContainerRow.Span(now - created)} ago" : "N/A",
            isWhole || by.Length <= ShortLength ? by : by[..(ShortLength - 1)] + "…",
            $"{new ByteSize(sizeInBytes)}",
            entry.Comment ?? "");
    }
}
