using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.DiskImages.Packed;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Machines;
using Hearth.Keeper.Volumes;
using Hearth.Machines;
using Hearth.Machines.Initramfs;
using Hearth.Machines.Kernel;
using Hearth.Records.Disks;
using Hearth.Records.Recovery;
using Hearth.Rootfs;

namespace Hearth.Keeper.Running;

/// <summary>What a machine needs before it can boot: a kernel, a served root, an initramfs and perhaps a scratch disk.</summary>
internal sealed class RunPreparation(ContainerDescription description, KernelEntry kernel, IMachineDriver driver, ContainerDirectory directory, Timeline timeline, RunContext context)
{
    /// <summary>What every guest needs besides its root's own file system.</summary>
    private const string OverlayModule = "overlay";

    private const string ScratchFileSystem = "ext4";

    private readonly string root = description.Spec.Root!.Path;

    /// <summary>Makes everything, the slow parts side by side.</summary>
    /// <param name="undo">Takes the duty to give it all back.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RuntimeException">One of the parts cannot be had.</exception>
    public async Task<PreparedRun> PrepareAsync(UndoStack undo, CancellationToken cancellationToken)
    {
        RootfsPreparation preparation = new(root, description.Rootfs, context.Cache, kernel, timeline, context.Notice);
        string init = GuestInit.Find(description.InitPath);
        string initramfs = Path.Combine(directory.Path, "initramfs.cpio");
        string fileSystem = preparation.ExpectedFileSystem();
        string? scratch = description.ScratchSize is null ? null : context.ScratchPath ?? directory.Traces.Files[^1];

        ContainerVolumes volumes = await ContainerVolumes.TakeAsync(description, directory.Id, undo, context, cancellationToken).ConfigureAwait(false);
        Task<IRootfs> serving = Task.Run(() => preparation.PrepareAsync(PackedPath, cancellationToken), cancellationToken);
        Task packing = Task.Run(() => WriteInitramfs(initramfs, init, fileSystem, volumes), cancellationToken);
        Task formatting = scratch is null || (context.ScratchPath is not null && File.Exists(scratch))
            ? Task.CompletedTask
            : ScratchDisk.CreateAsync(scratch, description.ScratchSize!.Value, cancellationToken);
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

            if (scratch is not null && context.ScratchPath is null)
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
        Directory.CreateDirectory(context.Directories.Scratch, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string path = Path.Combine(context.Directories.Scratch, $"{directory.Id}.{(mode == RootfsMode.Ext4 ? "root.ext4" : "squashfs")}");
        directory.Update(directory.Traces with { Files = [.. directory.Traces.Files, path, PackedImage.UnfinishedPathOf(path)] });
        return path;
    }

    private void WriteInitramfs(string path, string init, string fileSystem, ContainerVolumes volumes)
    {
        IEnumerable<string> modules = [.. driver.GuestModules, fileSystem, OverlayModule, .. volumes.Modules];
        InitramfsImage.Write(path, init, kernel, description.ScratchSize is null ? modules : modules.Append(ScratchFileSystem));
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
