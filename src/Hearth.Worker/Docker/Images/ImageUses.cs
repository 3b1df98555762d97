using Hearth.Client.Images;

namespace Hearth.Worker.Docker.Images;

/// <summary>Images in docker's list, with how many containers each has.</summary>
internal static class ImageUses
{
    /// <param name="names">Names of the store.</param>
    /// <param name="engine">The daemon's.</param>
    /// <param name="hasSharedSizes">Whether to count what images share.</param>
    public static ImageSummaryAnswer[] Summarize(IEnumerable<ImageSummary> names, Engine engine, bool hasSharedSizes)
    {
        Dictionary<string, int> uses = engine.Containers.Store.List().Where(container => container.Description.Image is not null).CountBy(container => container.Description.Image!.Id).ToDictionary();
        return
        [
            .. names.GroupBy(image => image.Id).Select(group => ImageSummaryAnswer.Of(
                [.. group], uses.GetValueOrDefault(group.Key.ToString()), hasSharedSizes ? SharedSize(group.First(), engine) : ImageSummaryAnswer.NotCounted)),
        ];
    }

    private static long SharedSize(ImageSummary image, Engine engine) => engine.Images.ListLayers(image).Where(layer => layer.SharedWith.Count > 0).Sum(layer => layer.SizeInBytes);
}
