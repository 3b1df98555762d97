using Hearth.Firecracker;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Machines.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// One machine's jail (see <see cref="JailerCommand"/>), with the kernel, the initramfs and the drives mounted into it for
/// Firecracker alone to see.
/// </summary>
internal sealed class FirecrackerJail : IDisposable
{
    private const string KernelName = "kernel";
    private const string InitramfsName = "initramfs";
    /// <summary>Where mounts without a place get one; outside the root.</summary>
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
            NetworkNamespacePath = options.NetworkNamespacePath,
        };
    }

    /// <summary>The root as the host sees it.</summary>
    internal string Root => command.Root;

    /// <summary>The configuration with the paths that Firecracker sees.</summary>
    internal MachineConfiguration Inside => machine with
    {
        KernelPath = "/" + KernelName,
        InitramfsPath = "/" + InitramfsName,
        Drives = [.. machine.Drives.Select(drive => drive with { Path = "/" + NameOf(drive) })],
    };

    /// <summary>What Firecracker is to see at its start.</summary>
    internal PrivateMounts Mounts => new(
        [
            new PlacedFile(machine.KernelPath, Path.Combine(Root, KernelName), ReadOnly: true),
            new PlacedFile(machine.InitramfsPath, Path.Combine(Root, InitramfsName), ReadOnly: true),
            .. machine.Drives.Where(drive => DriveFile.Inspect(drive).BlockDevice is null).Select(drive => new PlacedFile(drive.Path, Path.Combine(Root, NameOf(drive)), drive.ReadOnly)),
        ],
        Path.Combine(command.Directory, StagingName));

    /// <summary>Makes the directories; whatever a killed program left there goes.</summary>
    /// <param name="machine">With a confinement.</param>
    /// <param name="program">Firecracker's file, not a link.</param>
    /// <param name="options">Where and how.</param>
    /// <exception cref="MachineException">The base is none, or a drive cannot be given to the user.</exception>
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
            throw new MachineException(MachineError.InvalidConfiguration, $"The jail {jail.command.Directory} cannot be made: {failure.Message}", failure);
        }
        catch
        {
            jail.Dispose();
            throw;
        }
    }

    /// <summary>The jailer's arguments.</summary>
    /// <param name="own">Firecracker's own, besides its id.</param>
    internal IReadOnlyList<string> Compose(params IEnumerable<string> own) => command.Compose(own);

    /// <summary>What confines the machine, for reports.</summary>
    internal IReadOnlyList<string> Describe() =>
    [
        $"user {command.UserId}:{command.GroupId}",
        $"the jail {Root}",
        .. command.NetworkNamespacePath is string network ? [$"the network namespace {network}"] : Array.Empty<string>(),
    ];

    /// <summary>Removes the jail; Firecracker is gone, and with it all that was mounted.</summary>
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
    /// A writable drive becomes the user's; a read-only one has to be everybody's to read. A block device stays whose it is: the
    /// jail has a node of its own for it, which is the user's.
    /// </summary>
    private void Give(MachineDrive drive)
    {
        DriveFile file = DriveFile.Inspect(drive);
        if (!file.HasName)
        {
            throw new MachineException(
                MachineError.InvalidConfiguration, $"Drive {drive.Id}: {drive.Path} has no name any more, so that it cannot be mounted into a jail. Take a file that has one, or no confinement.");
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
                MachineError.InvalidConfiguration, $"The {what} {path} cannot be read by the machine's user {command.UserId}: let everybody read it (chmod o+r).");
        }
    }
}
