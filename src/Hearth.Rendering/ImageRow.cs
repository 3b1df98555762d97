using System.Globalization;
using Hearth.Client.Images;
using Hearth.Containers;

namespace Hearth.Rendering;

/// <summary>An image as a line of <c>images</c>; the names are docker's, for templates and scripts.</summary>
public sealed record ImageRow(string ID, string Repository, string Tag, string Digest, string CreatedAt, string CreatedSince, string Size)
{
    private const string None = "<none>";

    /// <param name="image">From the store.</param>
    /// <param name="now">The time from which spans count.</param>
    /// <param name="isWhole">Whether nothing is truncated.</param>
    public static ImageRow Of(ImageSummary image, DateTimeOffset now, bool isWhole) => new(
        isWhole ? image.Id.ToString() : image.Id.Short,
        image.Reference?.FamiliarRepository ?? None,
        image.Reference?.Tag ?? None,
        image.Source?.ToString() ?? None,
        image.Configuration.Created?.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture) ?? "N/A",
        image.Configuration.Created is { } created ? $"{ContainerRow.Span(now - created)} ago" : "N/A",
        $"{new ByteSize(image.SizeInBytes)}");
}
