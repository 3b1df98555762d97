using Hearth.Linux.Network;
using Hearth.Machines.Kernel;

namespace Hearth.Machines;

/// <summary>
/// The requirements of every VMM. They are checked before a process starts, since VMMs accept many configurations that cannot work.
/// </summary>
internal static class MachineChecks
{
    internal const int MaximumVirtualCpus = 32;
    internal const int SectorBytes = 512;
    private const int MaximumIdCharacters = 64;
    private const int MaximumDeviceIdCharacters = 20;
    private const int HardwareAddressBytes = 6;

    /// <summary>Linux's IFNAMSIZ without the final NUL.</summary>
    private const int MaximumTapNameBytes = 15;

    /// <summary>The kernel refuses / and :, replaces % by a number, and VMMs end an option at a comma.</summary>
    private const string NotInTapNames = "/:%,";

    private const byte MulticastBit = 1;

    /// <summary>
    /// The memory that a kernel needs before its first program runs, in addition to its image and initramfs; measured with Debian's.
    /// </summary>
    private const long KernelWorkingBytes = 24L << 20;

    /// <exception cref="MachineException">A requirement is not met; the message describes the first one.</exception>
    internal static void Check(MachineConfiguration machine)
    {
        Demand(
            IsName(machine.Id, '-', MaximumIdCharacters),
            $"'{machine.Id}' is not a machine id: use 1 to {MaximumIdCharacters} letters, digits and dashes");
        Demand(Directory.Exists(machine.RunDirectory), $"the run directory {machine.RunDirectory} does not exist");
        Demand(File.Exists(machine.KernelPath), $"there is no kernel at {machine.KernelPath}");
        Demand(File.Exists(machine.InitramfsPath), $"there is no initramfs at {machine.InitramfsPath}");
        Demand(
            machine.VirtualCpus is >= 1 and <= MaximumVirtualCpus,
            $"{machine.VirtualCpus} virtual processors are not possible: a machine has 1 to {MaximumVirtualCpus}");
        Demand(machine.MemoryInMiB > 0, $"{machine.MemoryInMiB} MiB is not a valid memory size: use 1 or more");
        Demand(
            machine.ConsoleLogLimitInBytes > 0,
            $"{machine.ConsoleLogLimitInBytes} bytes is not a valid limit for a console log: use 1 or more");
        Demand(
            machine.ConsoleLogPath is null || Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(machine.ConsoleLogPath))),
            $"there is no directory for the console log {machine.ConsoleLogPath}");
        Demand(
            machine.KernelArguments.All(argument => !argument.Contains('\0', StringComparison.Ordinal)),
            "a kernel argument contains a NUL character");
        Demand(
            machine.Confinement is null || (machine.Confinement.UserId is not (0 or uint.MaxValue) && machine.Confinement.GroupId is not (0 or uint.MaxValue)),
            "a VMM cannot be confined by the user or group 0 or 4294967295");
        CheckNetworkNamespace(machine.NetworkNamespace);
        HashSet<string> ids = [];
        foreach (MachineDrive drive in machine.Drives)
        {
            CheckDrive(drive);
            Demand(ids.Add(drive.Id), $"two drives have the id '{drive.Id}'");
        }

        foreach (MachineNetworkInterface each in machine.NetworkInterfaces)
        {
            CheckNetworkInterface(each);
            Demand(ids.Add(each.Id), $"the network interface '{each.Id}' has the id of a drive or another network interface: use another id");
        }

        Demand(
            machine.NetworkInterfaces.Where(each => each.Socket is null).GroupBy(each => each.TapName).All(taps => taps.Count() == 1),
            "two network interfaces use the same tap: use a tap of its own for each");

        CheckMemory(machine);
    }

    /// <param name="machine">The machine with the drives and network interfaces.</param>
    /// <param name="slots">The slots for drives and network interfaces.</param>
    /// <param name="whose">The name of the limit's owner, for the message.</param>
    /// <exception cref="MachineException">There are more devices than slots for them.</exception>
    internal static void CheckDevices(MachineConfiguration machine, int slots, string whose)
    {
        (int drives, int interfaces) = (machine.Drives.Count, machine.NetworkInterfaces.Count);
        if (drives + interfaces > slots)
        {
            throw new MachineException(
                MachineError.TooManyDevices,
                interfaces == 0
                    ? $"{drives} drives are too many: {whose} takes {slots}"
                    : $"{drives} drives and {interfaces} network interfaces are too many: {whose} takes {slots} of both together");
        }
    }

    private static void CheckDrive(MachineDrive drive)
    {
        Demand(
            IsName(drive.Id, '_', MaximumDeviceIdCharacters),
            $"'{drive.Id}' is not a drive id: use 1 to {MaximumDeviceIdCharacters} letters, digits and underscores");
        long size = DriveFile.Inspect(drive).SizeInBytes;
        Demand(
            size > 0 && size % SectorBytes == 0,
            $"drive {drive.Id}: {drive.Path} has {size} bytes: a drive consists of one or more {SectorBytes}-byte sectors");
    }

    private static void CheckNetworkInterface(MachineNetworkInterface each)
    {
        Demand(
            IsName(each.Id, '_', MaximumDeviceIdCharacters) && char.IsAsciiLetter(each.Id[0]),
            $"'{each.Id}' is not a network interface id: use 1 to {MaximumDeviceIdCharacters} letters, digits and underscores, a letter first");
        Demand(
            each.Socket is null ? IsTapName(each.TapName) : each.TapName.Length == 0,
            $"network interface {each.Id}: '{each.TapName}' is not the name of a tap: "
            + $"use 1 to {MaximumTapNameBytes} printable ASCII characters without {NotInTapNames}");
        Demand(
            each.HardwareAddress.Count == HardwareAddressBytes,
            $"network interface {each.Id}: a hardware address of {each.HardwareAddress.Count} bytes is not possible: use {HardwareAddressBytes}");
        Demand(
            (each.HardwareAddress[0] & MulticastBit) == 0 && each.HardwareAddress.Any(value => value != 0),
            $"network interface {each.Id}: {each.HardwareAddressText} is not the address of one interface: use an even first byte, and not only zeros");
    }

    private static void CheckNetworkNamespace(string? path)
    {
        string? obstacle = null;
        using NetworkNamespace? opened = path is null ? null : NetworkNamespace.TryOpen(path, out obstacle);
        Demand(obstacle is null, $"cannot use the network namespace {path}: {obstacle}");
    }

    private static bool IsTapName(string name) =>
        name.Length is >= 1 and <= MaximumTapNameBytes
        && name is not ("." or "..")
        && name.All(character => char.IsBetween(character, '!', '~') && !NotInTapNames.Contains(character, StringComparison.Ordinal));

    private static void CheckMemory(MachineConfiguration machine)
    {
        long needed = EndOfKernel(machine.KernelPath) + new FileInfo(machine.InitramfsPath).Length + KernelWorkingBytes;
        long offered = (long)machine.MemoryInMiB << 20;
        if (offered < needed)
        {
            throw new MachineException(
                MachineError.MemoryTooSmall,
                $"{machine.MemoryInMiB} MiB of memory are too little for this kernel: use at least {(needed + (1 << 20) - 1) >> 20} MiB");
        }
    }

    private static long EndOfKernel(string path)
    {
        try
        {
            return ElfImage.EndAddressOf(path);
        }
        catch (KernelException damaged)
        {
            throw new MachineException(MachineError.InvalidConfiguration, $"cannot boot the kernel: {damaged.Message}", damaged);
        }
    }

    private static bool IsName(string name, char also, int limit) =>
        name.Length >= 1 && name.Length <= limit && name.All(character => char.IsAsciiLetterOrDigit(character) || character == also);

    private static void Demand(bool met, string message)
    {
        if (!met)
        {
            throw new MachineException(MachineError.InvalidConfiguration, message);
        }
    }
}
