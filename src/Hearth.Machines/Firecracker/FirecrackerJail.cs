using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Machines.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// One machine's jail: the directory that Firecracker's jailer makes its root, <c>BASE/NAME OF THE PROGRAM/ID/root</c>, with
/// the kernel, the initramfs and the drives mounted into it for Firecracker alone to see. The jailer copies the program in,
/// makes the devices, joins the network namespace, takes the user, and becomes Firecracker.
/// </summary>
internal sealed class FirecrackerJail : IDisposable
{
    private const string KernelName = "kernel";
    private const string InitramfsName = "initramfs";
    private const string RootName = "root";

    /// <summary>Where mounts without a place get one; outside the root.</summary>
    private const string StagingName = "served";

    private readonly MachineConfiguration machine;
    private readonly FirecrackerJailOptions options;
    private readonly string program;
    private readonly string directory;

    private FirecrackerJail(MachineConfiguration machine, string program, FirecrackerJailOptions options)
    {
        this.machine = machine;
        this.options = options;
        this.program = program;
        directory = PathOf(options, program, machine.Id);
    }

    /// <summary>The root as the host sees it.</summary>
    internal string Root => Path.Combine(directory, RootName);

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
        Path.Combine(directory, StagingName));

    /// <summary>A machine's jail on this host, there or not.</summary>
    internal static string PathOf(FirecrackerJailOptions options, string program, string machineId) =>
        Path.Combine(Path.GetFullPath(options.BaseDirectory), Path.GetFileName(program), machineId);

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
            throw new MachineException(MachineError.InvalidConfiguration, $"The jail {jail.directory} cannot be made: {failure.Message}", failure);
        }
        catch
        {
            jail.Dispose();
            throw;
        }
    }

    /// <summary>The jailer's arguments.</summary>
    /// <param name="own">Firecracker's own, besides its id.</param>
    internal IReadOnlyList<string> Compose(params IEnumerable<string> own) =>
    [
        "--id", machine.Id,
        "--exec-file", program,
        "--uid", Number(machine.Confinement!.UserId),
        "--gid", Number(machine.Confinement.GroupId),
        "--chroot-base-dir", Path.GetFullPath(options.BaseDirectory),
        .. options.NetworkNamespacePath is string network ? ["--netns", network] : Array.Empty<string>(),
        "--",
        .. own,
    ];

    /// <summary>What confines the machine, for reports.</summary>
    internal IReadOnlyList<string> Describe() =>
    [
        $"user {machine.Confinement!.UserId}:{machine.Confinement.GroupId}",
        $"the jail {Root}",
        .. options.NetworkNamespacePath is string network ? [$"the network namespace {network}"] : Array.Empty<string>(),
    ];

    /// <summary>Removes the jail; Firecracker is gone, and with it all that was mounted.</summary>
    public void Dispose() => Remove();

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string NameOf(MachineDrive drive) => "drive-" + drive.Id;

    private void Remove()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private void MakeDirectories()
    {
        const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode Passable = Closed | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(Path.GetDirectoryName(directory)!, Passable);
        Directory.CreateDirectory(directory, Closed);
        Directory.CreateDirectory(Root, Closed);
        Directory.CreateDirectory(Path.Combine(directory, StagingName), Closed);
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
            DescriptorIO.ChangeOwner(made, machine.Confinement!.UserId);
            return;
        }

        MakePlace(NameOf(drive));
        if (drive.ReadOnly)
        {
            RequireReadable($"drive {drive.Id}", drive.Path);
            return;
        }

        using SafeFileHandle writable = File.OpenHandle(drive.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        DescriptorIO.ChangeOwner(writable, machine.Confinement!.UserId);
    }

    private void RequireReadable(string what, string path)
    {
        const int ReadableByAll = 4;
        const int ReadableByOwner = 256;
        using SafeFileHandle file = RootedPaths.Hold(path);
        if (DirectoryFiles.TryStat(file, "\0"u8, out FileStatus status) == Errno.None
            && (status.Mode & (status.Uid == machine.Confinement!.UserId ? ReadableByOwner : ReadableByAll)) == 0)
        {
            throw new MachineException(
                MachineError.InvalidConfiguration, $"The {what} {path} cannot be read by the machine's user {machine.Confinement!.UserId}: let everybody read it (chmod o+r).");
        }
    }
}
