using Hearth.Client;
using Hearth.Client.Images;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>What containers occupy on their host's disk.</summary>
/// <param name="containers">Those of the host.</param>
/// <param name="images">Those of the same host.</param>
internal sealed class ContainerSizes(IContainers containers, IImages images)
{
    /// <returns>A container's own bytes, and those with its image; an image counts in each of its containers.</returns>
    public async Task<(long Own, long Whole)> ReadAsync(Container container)
    {
        long own = await containers.ReadSizeAsync(container);
        long image = container.Description.Image is { } origin && await images.TryFindAsync(origin.Id) is { } found ? found.SizeInBytes : 0;
        return (own, own + image);
    }
}
