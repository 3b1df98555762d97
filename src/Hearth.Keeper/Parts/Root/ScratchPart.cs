using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;
using Hearth.Records.Disks;

namespace Hearth.Keeper.Parts.Root;

/// <summary>A writable layer on a disk image of the host, for this run only or kept for the container's next start.</summary>
internal sealed class ScratchPart(RunSetup setup) : IRunPart
{
    private const string FileSystem = "ext4";

    private readonly string? path = setup.Description.ScratchSize is null
        ? null
        : setup.Context.ScratchPath ?? Path.Combine(setup.Context.Directories.Scratch, $"{setup.Directory.Id}.ext4");

    private int drive;

    private bool IsKept => setup.Context.ScratchPath is not null;

    public IEnumerable<string> KernelModules => path is null ? [] : [FileSystem];

    public bool NeedsShutdown => path is not null && IsKept;

    public Task TakeAsync(CancellationToken cancellationToken)
    {
        if (path is not null && !IsKept)
        {
            setup.NoteFiles([ScratchDisk.UnfinishedPathOf(path), path]);
            setup.Undo.Push($"delete the scratch disk '{path}'", () => ScratchDisk.Delete(path));
        }

        return Task.CompletedTask;
    }

    public Task PrepareAsync(CancellationToken cancellationToken) => path is null || (IsKept && File.Exists(path))
        ? Task.CompletedTask
        : ScratchDisk.CreateAsync(path, setup.Description.ScratchSize!.Value, cancellationToken);

    public MachineConfiguration Add(MachineConfiguration machine)
    {
        drive = machine.Drives.Count;
        return path is null ? machine : machine with { Drives = [.. machine.Drives, new MachineDrive("scratch", path, ReadOnly: false)] };
    }

    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session) =>
        path is null ? guest : guest with { Root = guest.Root with { UpperDrive = GuestDrive.NameOf(drive) } };
}
