using System.Text;
using Hearth.DiskImages;

namespace Hearth.Rendering;

/// <summary>The output of <c>hearth rootfs dump</c>: the purpose of every byte of an image.</summary>
public sealed record DumpSummary(
    string Image, string Format, long Length, IReadOnlyList<DumpedField> Superblock, IReadOnlyList<DumpedRegion> Regions)
{
    public static DumpSummary Of(string image, ImageDump dump) => new(
        image,
        dump.Format.ToString().ToLowerInvariant(),
        dump.Length,
        [.. dump.Fields.Select(field => new DumpedField(field.Name, field.Value))],
        [.. dump.Regions.Select(region => new DumpedRegion(
            region.Offset, region.Length, region.Kind.ToString(), region.Node == DumpRegion.NoNode ? null : "/" + Encoding.UTF8.GetString(dump.PathOf(region.Node))))]);
}

public sealed record DumpedField(string Name, string Value);

/// <summary>A range of bytes; the path is that of its node, or null.</summary>
public sealed record DumpedRegion(long Offset, long Length, string Kind, string? Path);
