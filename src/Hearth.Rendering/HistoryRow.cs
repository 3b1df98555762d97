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
    /// <param name="isHuman">Whether times are spans, and sizes have units.</param>
    public static HistoryRow Of(HistoryEntry entry, string? id, long sizeInBytes, DateTimeOffset now, bool isWhole, bool isHuman)
    {
        string by = (entry.CreatedBy ?? "").ReplaceLineEndings(" ").Replace('\t', ' ');
        string at = entry.Created?.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture) ?? "";
        return new HistoryRow(
            id ?? "<missing>",
            at,
            !isHuman ? at : entry.Created is { } created ? $"{ContainerRow.Span(now - created)} ago" : "N/A",
            isWhole || by.Length <= ShortLength ? by : by[..(ShortLength - 1)] + "…",
            isHuman ? new ByteSize(sizeInBytes).ToDecimal() : sizeInBytes.ToString(CultureInfo.InvariantCulture),
            entry.Comment ?? "");
    }
}
