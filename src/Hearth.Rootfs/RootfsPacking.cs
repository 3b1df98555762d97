using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.DiskImages.Packed;
using Hearth.FileTree;
using Hearth.Fuse;

namespace Hearth.Rootfs;

/// <summary>Packs a walked directory, by the means that give the same tree as a lazily served disk.</summary>
internal static class RootfsPacking
{
    /// <param name="tree">What was walked of the directory.</param>
    /// <param name="directory">The root.</param>
    /// <param name="mode">Not <see cref="RootfsMode.Lazy"/>.</param>
    /// <param name="options">As it was walked, and how it is compressed.</param>
    /// <param name="path">The file to make; its directory is made too.</param>
    /// <param name="progress">Told bytes of contents; may be null.</param>
    /// <param name="cancellationToken">Gives up; nothing is left.</param>
    /// <exception cref="RuntimeException">A program is missing or failed, a file changed meanwhile, or the disk is full.</exception>
    internal static async Task<PackedImage> PackAsync(
        Tree tree, string directory, RootfsMode mode, RootfsOptions options, string path, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using DirectoryContent content = RootfsSources.Open(tree, directory, options);
            return mode switch
            {
                RootfsMode.SquashFs => await SquashFsPacker.PackAsync(
                    new PackSource(tree, content), path, options.Packing, progress, cancellationToken).ConfigureAwait(false),
                RootfsMode.Ext4 when IsWhole(directory, options) =>
                    await Ext4Packer.PackAsync(tree, directory, path, progress, cancellationToken).ConfigureAwait(false),
                RootfsMode.Ext4 => await CopyServedAsync(tree, content, path, progress, cancellationToken).ConfigureAwait(false),
                _ => throw new ArgumentOutOfRangeException(nameof(mode)),
            };
        }
        catch (Exception exception) when (exception is not OperationCanceledException && RootfsFailures.Translate(exception) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Whether the tree is all that another program finds in the directory: nothing left out or laid over it, nothing mounted beneath it.</summary>
    private static bool IsWhole(string directory, RootfsOptions options)
    {
        string beneath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)) + "/";
        return options.Include.Count + options.Exclude.Count + options.Binds.Count == 0
            && new DirectoryInfo(directory).ResolveLinkTarget(returnFinalTarget: true) is null
            && !File.ReadLines("/proc/self/mounts").Any(line => line.Split(' ')[1].StartsWith(beneath, StringComparison.Ordinal));
    }

    /// <summary>mkfs.ext4 takes a directory, whole and across mounts. A served disk, mounted for it alone, is the tree as it was walked.</summary>
    private static async Task<PackedImage> CopyServedAsync(
        Tree tree, DirectoryContent content, string path, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ImagePlan plan = ImagePlanners.For(ImageFormat.Erofs).Plan(tree, cancellationToken);
        await using FuseSession session = FuseSession.StartDetached([new ServedDisk(new VirtualDisk(plan, content))]);
        return await Ext4Packer.PackImageAsync(
            tree, session.PathOf(ServedDisk.FileName), RootfsPlanning.FileSystemOf(plan.Format), path, progress, cancellationToken).ConfigureAwait(false);
    }
}
