using Hearth.DiskImages;
using Hearth.Machines;
using Hearth.Machines.Initramfs;
using Hearth.Machines.Kernel;
using Hearth.Runtime.Machines;
using Hearth.Runtime.Reports;
using Hearth.Runtime.Rootfs;
using Hearth.Runtime.State;
using Hearth.Runtime.Storage;

namespace Hearth.Runtime;

/// <summary>What a machine needs before it can boot: a kernel, a served root, an initramfs and perhaps a scratch disk.</summary>
internal sealed class RunPreparation(RunRequest request, KernelEntry kernel, IMachineDriver driver, ContainerDirectory directory, Timeline timeline)
{
    /// <summary>What every guest needs besides its root's own file system.</summary>
    private const string OverlayModule = "overlay";

    private const string ScratchFileSystem = "ext4";

    private readonly string root = request.Spec.Root!.Path;

    /// <summary>Makes everything, the slow parts side by side.</summary>
    /// <param name="undo">Takes the duty to give it all back.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RuntimeException">One of the parts cannot be had.</exception>
    public async Task<PreparedRun> PrepareAsync(UndoStack undo, CancellationToken cancellationToken)
    {
        ImageFormat format = RootfsPlanning.Choose(request.Rootfs.Format, kernel);
        string init = GuestInit.Find(request.InitPath);
        string initramfs = Path.Combine(directory.Path, "initramfs.cpio");
        string? scratch = directory.State.Files.Count > 0 ? directory.State.Files[0] : null;

        Task<LazyRootfs> serving = Task.Run(
            () => LazyRootfs.Serve(root, request.Rootfs with { Format = format }, mountPoint: null, timeline, cancellationToken),
            cancellationToken);
        Task packing = Task.Run(() => WriteInitramfs(initramfs, init, format), cancellationToken);
        Task formatting = scratch is null ? Task.CompletedTask : ScratchDisk.CreateAsync(scratch, request.ScratchSize!.Value, cancellationToken);
        try
        {
            await Task.WhenAll(formatting, packing, serving).ConfigureAwait(false);
        }
        finally
        {
            if (serving.IsCompletedSuccessfully)
            {
                undo.Own("stop serving the root's disk", serving.Result);
            }

            if (scratch is not null)
            {
                undo.Push($"delete the scratch disk '{scratch}'", () => ScratchDisk.Delete(scratch));
            }
        }

        return new PreparedRun(serving.Result, initramfs, scratch);
    }

    private void WriteInitramfs(string path, string init, ImageFormat format)
    {
        IEnumerable<string> modules = [.. driver.GuestModules, RootfsPlanning.FileSystemOf(format), OverlayModule];
        InitramfsImage.Write(path, init, kernel, request.ScratchSize is null ? modules : modules.Append(ScratchFileSystem));
    }
}

/// <summary>What <see cref="RunPreparation"/> made.</summary>
internal sealed record PreparedRun(LazyRootfs Rootfs, string InitramfsPath, string? ScratchPath);
