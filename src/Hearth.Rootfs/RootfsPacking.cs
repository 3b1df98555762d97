using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.DiskImages.Packed;
using Hearth.FileTree;
using Hearth.Fuse;
using Hearth.Linux.Processes;

namespace Hearth.Rootfs;

/// <summary>Packs a walked root so that the tree is the same as on a lazily served disk.</summary>
internal static class RootfsPacking
{
    /// <param name="walked">The source's walked tree.</param>
    /// <param name="source">The root.</param>
    /// <param name="mode">Not <see cref="RootfsMode.Lazy"/>.</param>
    /// <param name="options">The binds over it, and the compression.</param>
    /// <param name="path">The file to create; its directory is created too.</param>
    /// <param name="environment">Locates the programs.</param>
    /// <param name="progress">Receives the bytes of contents; may be null.</param>
    /// <param name="cancellationToken">Cancels; no file is left.</param>
    /// <exception cref="HearthException">A program is missing or failed, a file changed during packing, or the disk is full.</exception>
    internal static async Task<PackedImage> PackAsync(
        WalkedTree walked, IRootSource source, RootfsMode mode, RootfsOptions options, string path, HostEnvironment environment, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using IContentSource content = RootfsSources.Open(walked, source, options.Binds);
            return mode switch
            {
                RootfsMode.SquashFs => await SquashFsPacker.PackAsync(
                    new PackSource(walked.Tree, content), path, options.Packing, environment, progress, cancellationToken).ConfigureAwait(false),
                RootfsMode.Ext4 when options.Binds.Count == 0 && source.FindPlainDirectory() is { } directory =>
                    await Ext4Packer.PackAsync(walked.Tree, directory, path, environment, progress, cancellationToken).ConfigureAwait(false),
                RootfsMode.Ext4 => await CopyServedAsync(walked.Tree, content, path, environment, progress, cancellationToken).ConfigureAwait(false),
                _ => throw new ArgumentOutOfRangeException(nameof(mode)),
            };
        }
        catch (Exception exception) when (exception is not OperationCanceledException && RootfsFailures.Translate(exception) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>
    /// mkfs.ext4 takes a whole directory and crosses mounts. So a served disk is mounted for it alone, which has exactly the
    /// walked tree.
    /// </summary>
    private static async Task<PackedImage> CopyServedAsync(
        Tree tree, IContentSource content, string path, HostEnvironment environment, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ImagePlan plan = ImagePlanners.For(ImageFormat.Erofs).Plan(tree, cancellationToken);
        await using FuseSession session = FuseSession.StartDetached([new ServedDisk(new VirtualDisk(plan, content))]);
        return await Ext4Packer.PackImageAsync(
            tree, session.PathOf(ServedDisk.FileName), RootfsPlanning.FileSystemOf(plan.Format), path, environment, progress, cancellationToken).ConfigureAwait(false);
    }
}
