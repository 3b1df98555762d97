using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.DiskImages.Packed;
using Hearth.FileTree;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Rootfs;

/// <summary>A packed image that is to be kept, and its properties.</summary>
public sealed record RootfsBuild
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    public required string Path { get; init; }

    /// <summary><c>squashfs</c> or <c>ext4</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>Files, directories, links and devices of the tree.</summary>
    public required long Nodes { get; init; }

    /// <summary>Regular files among them.</summary>
    public required long Files { get; init; }

    /// <summary>Bytes in all regular files.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>The file's size.</summary>
    public required long ImageBytes { get; init; }

    /// <summary>The space it occupies on the disk.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>True if a file has an extended attribute of the user namespace; false if an older cache does not say.</summary>
    public bool HasUserAttributes { get; init; }

    /// <summary>
    /// For a SquashFS, the attributes of the directory's root: mksquashfs gives an archive's root its own owner and time. Null if
    /// the image has them.
    /// </summary>
    public RootAttributes? RootAttributes { get; init; }

    /// <summary>What the format had no place for, for people.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    public required IReadOnlyList<Phase> Phases { get; init; }

    /// <summary><c>[rootfs] Rootfs size: 4.4 GiB -> SquashFS: 1.4 GiB (33% of original)</c>.</summary>
    [JsonIgnore]
    public string Summary
    {
        get
        {
            long percent = ContentBytes == 0 ? 100 : ((DiskBytes * 100) + (ContentBytes / 2)) / ContentBytes;
            return $"[rootfs] Rootfs size: {new ByteSize(ContentBytes)} -> {(Mode == "squashfs" ? "SquashFS" : Mode)}: {new ByteSize(DiskBytes)} ({percent}% of original)";
        }
    }

    /// <summary>Walks and packs a root.</summary>
    /// <param name="source">The root.</param>
    /// <param name="mode">Not <see cref="RootfsMode.Lazy"/>.</param>
    /// <param name="options">The binds over it, and the compression.</param>
    /// <param name="path">The file to create; an existing one is replaced when the new one is complete.</param>
    /// <param name="context">Locates the programs, and measures the phases.</param>
    /// <param name="progress">Receives the bytes done and the total; may be null.</param>
    /// <param name="cancellationToken">Cancels; no file is left.</param>
    /// <exception cref="HearthException">The source cannot be read, a program is missing or failed, or the disk is full.</exception>
    public static async Task<RootfsBuild> MakeAsync(
        IRootSource source, RootfsMode mode, RootfsOptions options, string path, PackingContext context, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        WalkedTree tree = RootfsPlanning.Walk(source, options, context.Timeline, cancellationToken);
        return await PackAsync(tree, source, mode, options, path, context, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Packs a root that is already walked.</summary>
    internal static async Task<RootfsBuild> PackAsync(
        WalkedTree walked, IRootSource source, RootfsMode mode, RootfsOptions options, string path, PackingContext context, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        Tree tree = walked.Tree;
        PackedImage image;
        using (context.Timeline.Measure(PhaseNames.Pack))
        {
            Progress? reporting = progress is null ? null : new Progress(progress, tree.ContentBytes);
            image = await RootfsPacking.PackAsync(walked, source, mode, options, path, context.Environment, reporting, cancellationToken).ConfigureAwait(false);
        }

        return new RootfsBuild
        {
            Path = path,
            Mode = mode == RootfsMode.Ext4 ? "ext4" : "squashfs",
            Nodes = tree.NodeCount,
            Files = tree.FileCount,
            ContentBytes = tree.ContentBytes,
            ImageBytes = new FileInfo(path).Length,
            DiskBytes = image.DiskBytes,
            HasUserAttributes = tree.HasUserAttributes,
            RootAttributes = mode == RootfsMode.SquashFs ? AttributesOf(tree) : null,
            LeftOut = image.LeftOut,
            Phases = context.Timeline.Phases,
        };
    }

    private static RootAttributes AttributesOf(Tree tree)
    {
        ref readonly Node root = ref tree[Tree.Root];
        List<RootExtendedAttribute> extended = [];
        foreach (Xattr xattr in tree.XattrsOf(Tree.Root))
        {
            extended.Add(new RootExtendedAttribute(xattr.Name.ToArray(), xattr.Value.ToArray()));
        }

        return new RootAttributes((uint)root.Permissions, root.Uid, root.Gid, (root.ModifiedSeconds * NanosecondsPerSecond) + root.ModifiedNanoseconds, extended);
    }

    private sealed class Progress(Action<long, long> told, long total) : IProgress<long>
    {
        public void Report(long value) => told(value, total);
    }
}
