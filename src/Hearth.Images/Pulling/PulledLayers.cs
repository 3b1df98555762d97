using Hearth.Containers.Reports;

namespace Hearth.Images.Pulling;

/// <summary>How an image's layers came to the store, in compressed bytes.</summary>
/// <param name="PresentBytes">Of layers that were there.</param>
/// <param name="FetchedBytes">Of layers that were fetched.</param>
/// <param name="IndexedBytes">Of layers that are fetched when they are read.</param>
/// <param name="WhyFetched">Why layers were fetched that could have been read in parts; null if there were none.</param>
public sealed record PulledLayers(long PresentBytes, long FetchedBytes, long IndexedBytes, string? WhyFetched)
{
    public ImageWay Way => IndexedBytes > 0 ? ImageWay.Lazy : FetchedBytes > 0 ? ImageWay.Eager : ImageWay.Cached;
}
