using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.DiskImages.Packed;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;
using Hearth.Rootfs;

namespace Hearth.Keeper.Parts.Root;

/// <summary>The container's root, as a disk that is served or packed.</summary>
internal sealed class RootPart : IRunPart
{
    /// <summary>The module that mounts a writable layer over the root's own file system.</summary>
    private const string OverlayModule = "overlay";

    private readonly RunSetup setup;
    private readonly RootImage? image;
    private readonly RootfsPreparation preparation;

    private IRootfs? rootfs;
    private int drive;

    /// <exception cref="HearthException">The image is not there.</exception>
    public RootPart(RunSetup setup)
    {
        this.setup = setup;
        image = setup.Description.Image is { } origin ? RootImage.Open(origin, setup) : null;
        preparation = new RootfsPreparation(
            image?.Source ?? new DirectoryRoot(setup.Description.Spec.Root!.Path, setup.Description.Rootfs),
            setup.Description.Rootfs,
            setup.Context.Cache,
            setup.Kernel,
            new PackingContext(setup.Context.Environment, setup.Timeline),
            setup.Context.Diagnose);
    }

    /// <summary>Names the expected file system until the actual one is known.</summary>
    public IEnumerable<string> KernelModules => [rootfs?.Report.Format ?? preparation.ExpectedFileSystem(), OverlayModule];

    public IEnumerable<Diagnostic> Diagnostics => rootfs?.Faults is { Count: > 0 } faults
        ?
        [
            Diagnostic.Warning(
                DiagnosticCode.RootChanged,
                $"{rootfs.Report.SourceFaults} reads failed in the guest because the directory changed during the run: " +
                $"'{faults[0].Path}': {faults[0].Reason}" + (faults.Count > 1 ? $", and {faults.Count - 1} more files" : "")),
        ]
        : [];

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        rootfs = setup.Undo.Own(
            "release the root's disk", await Task.Run(() => preparation.PrepareAsync(PackedPath, cancellationToken), cancellationToken).ConfigureAwait(false));
        if (rootfs is not LazyRootfs)
        {
            image?.RefuseTrace("all of it was read to make the root's disk; leave out --rootfs-mode");
        }
    }

    public MachineConfiguration Add(MachineConfiguration machine)
    {
        drive = machine.Drives.Count;
        return machine with { Drives = [.. machine.Drives, new MachineDrive("rootfs", rootfs!.ImagePath, ReadOnly: true)] };
    }

    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session) => guest with
    {
        Root = new RootConfiguration
        {
            LowerDrive = GuestDrive.NameOf(drive),
            LowerFileSystem = rootfs!.Report.Format,
            HasUserAttributes = rootfs.HasUserAttributes,
            Attributes = rootfs.RootAttributes,
            ReadOnly = setup.Description.Spec.Root!.Readonly,
        },
    };

    public Task StartingAsync(GuestSession session, CancellationToken cancellationToken)
    {
        image?.BeginFetching();
        return Task.CompletedTask;
    }

    public void Started() => image?.BeginProcess();

    public void FirstOutput() => image?.BeginOutput();

    public RunReport Add(RunReport report) => rootfs is null ? report : report with { Rootfs = rootfs.Report with { Image = image?.Report } };

    /// <summary>Records the paths of the image and its unfinished form before they are created, for removal after a crash.</summary>
    private string PackedPath(RootfsMode mode)
    {
        // A root's files may be secret: only this user can access the image's directory.
        Directory.CreateDirectory(setup.Context.Directories.Scratch, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string path = Path.Combine(setup.Context.Directories.Scratch, $"{setup.Directory.Id}.{(mode == RootfsMode.Ext4 ? "root.ext4" : "squashfs")}");
        setup.NoteFiles([path, PackedImage.UnfinishedPathOf(path)]);
        return path;
    }
}
