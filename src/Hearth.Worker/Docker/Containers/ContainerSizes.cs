using Hearth.Containers;
using Hearth.Records;

namespace Hearth.Worker.Docker.Containers;

/// <summary>What a container occupies on the host's disk.</summary>
/// <param name="Own">Its writable layer, as far as it is on the disk, and its log.</param>
/// <param name="Whole">With its image.</param>
internal sealed record ContainerSizes(long Own, long Whole)
{
    public static ContainerSizes Of(Container container, Engine engine)
    {
        long own = DiskUse.BytesIn(container.RecordDirectory);
        return new ContainerSizes(own, own + (container.Description.Image is { } image ? engine.Images.TryFind(image.Id)?.SizeInBytes ?? 0 : 0));
    }
}
