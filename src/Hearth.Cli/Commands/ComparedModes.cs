using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.DiskImages.Packed;
using Hearth.Keeper.Comparison;

namespace Hearth.Cli.Commands;

/// <summary>The modes that <c>hearth rootfs bench</c> compares, by name.</summary>
internal static class ComparedModes
{
    /// <summary>Packs the whole tree once more to measure the worth of fragments; compared only if it is named.</summary>
    public const string OnlyByName = "squashfs-plain";

    private static readonly (string Name, Func<RootfsOptions, RootfsOptions> Apply)[] all =
    [
        ("lazy-erofs", tree => tree with { Mode = RootfsMode.Lazy, Format = ImageFormat.Erofs }),
        ("lazy-squashfs", tree => tree with { Mode = RootfsMode.Lazy, Format = ImageFormat.SquashFs }),
        ("squashfs-zstd", tree => tree with { Mode = RootfsMode.SquashFs }),
        ("squashfs-stored", tree => tree with { Mode = RootfsMode.SquashFs, Compression = PackCompression.None }),
        (OnlyByName, tree => tree with { Mode = RootfsMode.SquashFs, Compression = PackCompression.None, NoFragments = true }),
        ("ext4", tree => tree with { Mode = RootfsMode.Ext4 }),
    ];

    public static IEnumerable<string> Names => all.Select(mode => mode.Name);

    /// <exception cref="UsageException">There is no such mode.</exception>
    public static IReadOnlyList<ComparedMode> Read(IReadOnlyList<string> names, RootfsOptions tree) =>
        [.. (names.Count == 0 ? Names.Where(name => name != OnlyByName) : names).Select(name => new ComparedMode(name, Find(name).Apply(tree)))];

    private static (string Name, Func<RootfsOptions, RootfsOptions> Apply) Find(string name)
    {
        int index = Array.FindIndex(all, mode => mode.Name == name);
        return index >= 0 ? all[index] : throw new UsageException($"there is no mode '{name}': {string.Join(", ", Names)}");
    }
}
