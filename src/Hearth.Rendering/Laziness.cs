using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Images.Pulling;

namespace Hearth.Rendering;

/// <summary>Says in one line how much of a tree was read.</summary>
public static class Laziness
{
    /// <summary>What the root of an image is whose layers an earlier run has begun to fetch.</summary>
    public const string OfPartialImage = "Root: lazy by index, layers are in the image store in parts";

    /// <summary>How an image's layers came to the root, and why: <c>Root: lazy by index, 41.2 MiB fetched when read</c>.</summary>
    public static string DescribeLayers(PulledLayers layers)
    {
        string reason = layers.WhyFetched is { } why ? $": {why}" : "";
        return layers.Way switch
        {
            ImageWay.Lazy => $"Root: lazy by index, {new ByteSize(layers.IndexedBytes)} when read, {new ByteSize(layers.FetchedBytes)} before{reason}",
            ImageWay.Eager => $"Root: eager, {new ByteSize(layers.FetchedBytes)} fetched{reason}",
            _ => "Root: cached, all layers are in the image store",
        };
    }

    /// <summary><c>read 2.1 MiB of 20.3 GiB (0.01%) from 23 of 434,772 files</c>.</summary>
    public static string Describe(RootfsReport rootfs)
    {
        double percent = rootfs.ContentBytes == 0 ? 0 : 100.0 * rootfs.BytesRead / rootfs.ContentBytes;
        string share = percent is > 0 and < 0.005 ? "<0.01" : percent.ToString("0.00", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"read {new ByteSize(rootfs.BytesRead)} of {new ByteSize(rootfs.ContentBytes)} ({share}%) from {rootfs.FilesRead:#,0} of {rootfs.Files:#,0} files");
    }
}
