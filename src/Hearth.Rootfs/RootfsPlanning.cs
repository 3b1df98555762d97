using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.Machines.Kernel;

namespace Hearth.Rootfs;

/// <summary>From a root's source to a planned image: the tree is walked and the image laid out; no file content is read.</summary>
public static class RootfsPlanning
{
    /// <param name="source">The root.</param>
    /// <param name="options">The binds over it, and the format; a format of null means EROFS.</param>
    /// <param name="timeline">Records the phases.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <exception cref="HearthException">The source cannot be read, or does not fit the format.</exception>
    public static WalkedPlan Plan(IRootSource source, RootfsOptions options, Timeline timeline, CancellationToken cancellationToken)
    {
        WalkedTree tree = Walk(source, options, timeline, cancellationToken);
        return PlanTree(tree, options.Format ?? ImageFormat.Erofs, timeline, cancellationToken);
    }

    /// <exception cref="HearthException">The tree does not fit the format.</exception>
    internal static WalkedPlan PlanTree(WalkedTree tree, ImageFormat format, Timeline timeline, CancellationToken cancellationToken)
    {
        using Timeline.Measurement planning = timeline.Measure(PhaseNames.Plan);
        return Translated(() => new WalkedPlan(ImagePlanners.For(format).Plan(tree.Tree, cancellationToken), tree.Identities));
    }

    /// <exception cref="HearthException">The source cannot be read.</exception>
    internal static WalkedTree Walk(IRootSource source, RootfsOptions options, Timeline timeline, CancellationToken cancellationToken)
    {
        using Timeline.Measurement walking = timeline.Measure(PhaseNames.Walk);
        return Translated(() => RootfsSources.Walk(source, options.Binds, cancellationToken));
    }

    /// <summary>
    /// The requested format. Without one, EROFS if the kernel certainly mounts it, else SquashFS, which nearly every kernel
    /// mounts.
    /// </summary>
    /// <exception cref="HearthException">The kernel cannot mount the requested format.</exception>
    internal static ImageFormat Choose(ImageFormat? asked, KernelEntry kernel)
    {
        if (asked is not ImageFormat format)
        {
            return kernel.Mounts(FileSystemOf(ImageFormat.Erofs)) == true ? ImageFormat.Erofs : ImageFormat.SquashFs;
        }

        string fileSystem = FileSystemOf(format);
        return kernel.Mounts(fileSystem) == false
            ? throw new HearthException(HearthError.KernelUnavailable,
                $"the kernel '{kernel.Name}' cannot mount {fileSystem}; use --rootfs-format auto, or another kernel ('hearth kernel list')")
            : format;
    }

    /// <summary>The kernel's name for the format's file system.</summary>
    public static string FileSystemOf(ImageFormat format) => format switch
    {
        ImageFormat.Erofs => "erofs",
        ImageFormat.SquashFs => "squashfs",
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    private static T Translated<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception exception) when (exception is not OperationCanceledException && RootfsFailures.Translate(exception) is { } failure)
        {
            throw failure;
        }
    }
}
