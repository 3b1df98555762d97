using Hearth.Client.Images;
using Hearth.Containers;

namespace Hearth.Rendering;

/// <summary>An image as a line of <c>images</c>; the names are docker's, for templates and scripts.</summary>
public sealed record ImageRow(string ID, string Repository, string Tag, string Digest, string CreatedAt, string CreatedSince, string Size)
{
    private const string None = "<none>";
    private const string NotCounted = "N/A";

    /// <summary>Not counted, as by docker: 'system df' and 'image tree' count what images share.</summary>
    public string Containers { get; init; } = NotCounted;

    public string SharedSize { get; init; } = NotCounted;

    public string UniqueSize { get; init; } = NotCounted;

    /// <summary>As in docker until 28: the size, with more digits.</summary>
    public string VirtualSize { get; init; } = NotCounted;

    /// <param name="image">From the store.</param>
    /// <param name="now">The time from which spans count.</param>
    /// <param name="isWhole">Whether nothing is truncated.</param>
    public static ImageRow Of(ImageSummary image, DateTimeOffset now, bool isWhole) => new(
        isWhole ? image.Id.ToString() : image.Id.Short,
        image.Reference?.FamiliarRepository ?? None,
        image.Reference?.Tag ?? None,
        image.Source?.ToString() ?? None,
        image.Configuration.Created is { } time ? Timestamps.Go(time) : "N/A",
        image.Configuration.Created is { } created ? $"{ContainerRow.Span(now - created)} ago" : "N/A",
        new ByteSize(image.SizeInBytes).ToDecimal())
    {
        VirtualSize = new ByteSize(image.SizeInBytes).ToDecimal(ByteSize.LongDigits),
    };
}
