using Hearth.DiskImages.Packed;
using Hearth.Guest.Protocol.Messages;
using Hearth.Machines;
using Hearth.Machines.Initramfs;
using Hearth.Machines.Kernel;
using Hearth.Runtime.Machines;
using Hearth.Runtime.Reports;
using Hearth.Runtime.Rootfs;
using Hearth.Runtime.Specification;
using Hearth.Runtime.State;
using Hearth.Runtime.Storage;
using Hearth.Runtime.Volumes;

namespace Hearth.Runtime;

/// <summary>What a machine needs before it can boot: a kernel, a served root, an initramfs and perhaps a scratch disk.</summary>
internal sealed class RunPreparation(RunRequest request, KernelEntry kernel, IMachineDriver driver, ContainerDirectory directory, Timeline timeline, TimeProvider clock)
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
        RootfsPreparation preparation = new(new DirectoryRoot(root, request.Rootfs), request.Rootfs, kernel, timeline, request.Notice);
        string init = GuestInit.Find(request.InitPath);
        string initramfs = Path.Combine(directory.Path, "initramfs.cpio");
        string fileSystem = preparation.ExpectedFileSystem();
        string? scratch = request.ScratchSize is null ? null : request.ScratchPath ?? directory.Traces.Files[^1];

        ContainerVolumes volumes = await ContainerVolumes.TakeAsync(request, directory.Id, undo, clock, cancellationToken).ConfigureAwait(false);
        Task<IRootfs> serving = Task.Run(() => preparation.PrepareAsync(PackedPath, cancellationToken), cancellationToken);
        Task packing = Task.Run(() => WriteInitramfs(initramfs, init, fileSystem, volumes), cancellationToken);
        Task formatting = scratch is null || (request.ScratchPath is not null && File.Exists(scratch))
            ? Task.CompletedTask
            : ScratchDisk.CreateAsync(scratch, request.ScratchSize!.Value, cancellationToken);
        try
        {
            await Task.WhenAll(formatting, packing, serving).ConfigureAwait(false);
        }
        finally
        {
            if (serving.IsCompletedSuccessfully)
            {
                undo.Own("give the root's disk back", serving.Result);
            }

            if (scratch is not null && request.ScratchPath is null)
            {
                undo.Push($"delete the scratch disk '{scratch}'", () => ScratchDisk.Delete(scratch));
            }
        }

        if (serving.Result.Report.Format != fileSystem)
        {
            WriteInitramfs(initramfs, init, serving.Result.Report.Format, volumes);
        }

        return new PreparedRun(serving.Result, initramfs, scratch, volumes);
    }

    /// <summary>Written down before it is made, with what is left of it if this process is killed meanwhile.</summary>
    private string PackedPath(RootfsMode mode)
    {
        // A root's files may be secret: nobody else comes as far as the image.
        Directory.CreateDirectory(request.Directories.Scratch, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string path = Path.Combine(request.Directories.Scratch, $"{directory.Id}.{(mode == RootfsMode.Ext4 ? "root.ext4" : "squashfs")}");
        directory.Update(directory.Traces with { Files = [.. directory.Traces.Files, path, PackedImage.UnfinishedPathOf(path)] });
        return path;
    }

    private void WriteInitramfs(string path, string init, string fileSystem, ContainerVolumes volumes)
    {
        IEnumerable<string> modules = [.. driver.GuestModules, fileSystem, OverlayModule, .. volumes.Modules];
        InitramfsImage.Write(path, init, kernel, request.ScratchSize is null ? modules : modules.Append(ScratchFileSystem));
    }
}

/// <summary>What <see cref="RunPreparation"/> made.</summary>
internal sealed record PreparedRun(IRootfs Rootfs, string InitramfsPath, string? ScratchPath, ContainerVolumes Volumes)
{
    // Guests name drives in the order in which they are given.
    private const string RootDrive = "vda";
    private const string ScratchDrive = "vdb";

    /// <summary>The machine's first drives.</summary>
    public IReadOnlyList<MachineDrive> Drives
    {
        get
        {
            MachineDrive root = new("rootfs", Rootfs.ImagePath, ReadOnly: true);
            return ScratchPath is null ? [root] : [root, new MachineDrive("scratch", ScratchPath, ReadOnly: false)];
        }
    }

    /// <summary>What the guest makes a container's root of.</summary>
    public RootConfiguration RootFor(ContainerSpec spec) => new()
    {
        LowerDrive = RootDrive,
        LowerFileSystem = Rootfs.Report.Format,
        HasUserAttributes = Rootfs.HasUserAttributes,
        Attributes = Rootfs.RootAttributes,
        ReadOnly = spec.Root!.Readonly,
        UpperDrive = ScratchPath is null ? null : ScratchDrive,
    };
}
