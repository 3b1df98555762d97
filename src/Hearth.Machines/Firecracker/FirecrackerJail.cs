using Hearth.Firecracker;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Machines.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// One machine's jail (see <see cref="JailerCommand"/>). The kernel, the initramfs and the drives are mounted into it in a
/// mount namespace that only Firecracker uses.
/// </summary>
internal sealed class FirecrackerJail : IDisposable
{
    private const string KernelName = "kernel";
    private const string InitramfsName = "initramfs";
    /// <summary>The mount point for detached mounts; outside the root.</summary>
    private const string StagingName = "served";

    private readonly MachineConfiguration machine;
    private readonly JailerCommand command;

    private FirecrackerJail(MachineConfiguration machine, string program, FirecrackerJailOptions options)
    {
        this.machine = machine;
        command = new JailerCommand
        {
            Id = machine.Id,
            FirecrackerPath = program,
            UserId = machine.Confinement!.UserId,
            GroupId = machine.Confinement.GroupId,
            BaseDirectory = options.BaseDirectory,
        };
    }

    /// <summary>The path of the jail's root on the host.</summary>
    internal string Root => command.Root;

    /// <summary>The configuration with the paths inside the jail.</summary>
    internal MachineConfiguration Inside => machine with
    {
        KernelPath = "/" + KernelName,
        InitramfsPath = "/" + InitramfsName,
        Drives = [.. machine.Drives.Select(drive => drive with { Path = "/" + NameOf(drive) })],
    };

    /// <summary>The mounts with which Firecracker starts.</summary>
    internal PrivateMounts Mounts => new(
        [
            new PlacedFile(machine.KernelPath, Path.Combine(Root, KernelName), ReadOnly: true),
            new PlacedFile(machine.InitramfsPath, Path.Combine(Root, InitramfsName), ReadOnly: true),
            .. machine.Drives.Where(drive => DriveFile.Inspect(drive).BlockDevice is null).Select(drive => new PlacedFile(drive.Path, Path.Combine(Root, NameOf(drive)), drive.ReadOnly)),
        ],
        Path.Combine(command.Directory, StagingName));

    /// <summary>Creates the jail's directories. The rest of a killed program's jail is removed first.</summary>
    /// <param name="machine">A machine with a confinement.</param>
    /// <param name="program">Firecracker's file, not a link.</param>
    /// <param name="options">The jail's base directory.</param>
    /// <exception cref="MachineException">
    /// The directories cannot be created, or the machine's user cannot get access to a file.
    /// </exception>
    internal static FirecrackerJail Create(MachineConfiguration machine, string program, FirecrackerJailOptions options)
    {
        FirecrackerJail jail = new(machine, program, options);
        try
        {
            jail.Remove();
            jail.MakeDirectories();
            return jail;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or LinuxException)
        {
            jail.Dispose();
            throw new MachineException(
                MachineError.InvalidConfiguration, $"cannot create the jail {jail.command.Directory}: {failure.Message}", failure);
        }
        catch
        {
            jail.Dispose();
            throw;
        }
    }

    /// <summary>Builds the jailer's arguments.</summary>
    /// <param name="own">Firecracker's own arguments, without its id.</param>
    internal IReadOnlyList<string> Compose(params IEnumerable<string> own) => command.Compose(own);

    /// <summary>Describes the confinement of the machine, for reports.</summary>
    internal IReadOnlyList<string> Describe() =>
    [
        $"user {command.UserId}:{command.GroupId}",
        $"the jail {Root}",
        .. machine.NetworkNamespace is { } network ? [$"the network namespace {network}"] : Array.Empty<string>(),
    ];

    /// <summary>Removes the jail. Firecracker has ended by then, and its mounts with it.</summary>
    public void Dispose() => Remove();

    private static string NameOf(MachineDrive drive) => "drive-" + drive.Id;

    private void Remove()
    {
        if (Directory.Exists(command.Directory))
        {
            Directory.Delete(command.Directory, recursive: true);
        }
    }

    private void MakeDirectories()
    {
        const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode Passable = Closed | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(Path.GetDirectoryName(command.Directory)!, Passable);
        Directory.CreateDirectory(command.Directory, Closed);
        Directory.CreateDirectory(Root, Closed);
        Directory.CreateDirectory(Path.Combine(command.Directory, StagingName), Closed);
        MakePlace(KernelName);
        MakePlace(InitramfsName);
        RequireReadable("kernel", machine.KernelPath);
        RequireReadable("initramfs", machine.InitramfsPath);
        foreach (MachineDrive drive in machine.Drives)
        {
            Give(drive);
        }
    }

    private void MakePlace(string name) => File.WriteAllBytes(Path.Combine(Root, name), []);

    /// <summary>
    /// Gives the user access to a drive. A writable file is changed to the user as owner. A read-only file must be readable for
    /// the user already. A block device keeps its owner: the jail gets its own device node, which the user owns.
    /// </summary>
    private void Give(MachineDrive drive)
    {
        DriveFile file = DriveFile.Inspect(drive);
        if (!file.HasName)
        {
            throw new MachineException(
                MachineError.InvalidConfiguration,
                $"drive {drive.Id}: {drive.Path} has no name any more and cannot be mounted into a jail; use a named file or no jail");
        }

        if (file.BlockDevice is uint device)
        {
            const int ReadOnlyMode = 256;
            const int ReadWriteMode = 384;
            string node = Path.Combine(Root, NameOf(drive));
            DeviceNodes.CreateBlockDevice(node, drive.ReadOnly ? ReadOnlyMode : ReadWriteMode, device);
            using SafeFileHandle made = RootedPaths.TryOpenForReading(node, out Errno errno) ?? throw new LinuxException("open", errno, node);
            DescriptorIO.ChangeOwner(made, command.UserId);
            return;
        }

        MakePlace(NameOf(drive));
        if (drive.ReadOnly)
        {
            RequireReadable($"drive {drive.Id}", drive.Path);
            return;
        }

        using SafeFileHandle writable = File.OpenHandle(drive.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        DescriptorIO.ChangeOwner(writable, command.UserId);
    }

    private void RequireReadable(string what, string path)
    {
        const int ReadableByAll = 4;
        const int ReadableByOwner = 256;
        using SafeFileHandle file = RootedPaths.Hold(path);
        if (DirectoryFiles.TryStat(file, "\0"u8, out FileStatus status) == Errno.None
            && (status.Mode & (status.Uid == command.UserId ? ReadableByOwner : ReadableByAll)) == 0)
        {
            throw new MachineException(
                MachineError.InvalidConfiguration,
                $"the machine's user {command.UserId} cannot read the {what} {path}: make it readable for everyone (chmod o+r)");
        }
    }
}
