using Hearth.Machines.Kernel;

namespace Hearth.Machines;

/// <summary>What every VMM demands of a configuration; checked before anything is started, since VMMs accept much that cannot work.</summary>
internal static class MachineChecks
{
    internal const int MaximumVirtualCpus = 32;
    internal const int SectorBytes = 512;
    private const int MaximumIdCharacters = 64;
    private const int MaximumDriveIdCharacters = 20;

    /// <summary>What a kernel takes on top of its image and initramfs before it runs its first program, as measured with Debian's.</summary>
    private const long KernelWorkingBytes = 24L << 20;

    /// <exception cref="MachineException">The first thing that is wrong.</exception>
    internal static void Check(MachineConfiguration machine)
    {
        Demand(IsName(machine.Id, '-', MaximumIdCharacters), $"'{machine.Id}' is no machine id: 1 to {MaximumIdCharacters} letters, digits and dashes.");
        Demand(Directory.Exists(machine.RunDirectory), $"The run directory {machine.RunDirectory} does not exist.");
        Demand(File.Exists(machine.KernelPath), $"There is no kernel at {machine.KernelPath}.");
        Demand(File.Exists(machine.InitramfsPath), $"There is no initramfs at {machine.InitramfsPath}.");
        Demand(
            machine.VirtualCpus is >= 1 and <= MaximumVirtualCpus,
            $"{machine.VirtualCpus} virtual processors: a machine has 1 to {MaximumVirtualCpus}.");
        Demand(machine.MemoryInMiB > 0, $"{machine.MemoryInMiB} MiB is no size of memory.");
        Demand(machine.ConsoleLogLimitInBytes > 0, $"{machine.ConsoleLogLimitInBytes} bytes is no limit for a console log.");
        Demand(
            machine.ConsoleLogPath is null || Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(machine.ConsoleLogPath))),
            $"There is no directory for the console log {machine.ConsoleLogPath}.");
        Demand(
            machine.KernelArguments.All(argument => !argument.Contains('\0', StringComparison.Ordinal)),
            "A kernel argument holds a NUL.");
        Demand(
            machine.Confinement is null || (machine.Confinement.UserId is not (0 or uint.MaxValue) && machine.Confinement.GroupId is not (0 or uint.MaxValue)),
            "A VMM is not confined by the user or group 0 or 4294967295.");
        HashSet<string> driveIds = [];
        foreach (MachineDrive drive in machine.Drives)
        {
            CheckDrive(drive);
            Demand(driveIds.Add(drive.Id), $"Two drives are called '{drive.Id}'.");
        }

        CheckMemory(machine);
    }

    private static void CheckDrive(MachineDrive drive)
    {
        Demand(
            IsName(drive.Id, '_', MaximumDriveIdCharacters),
            $"'{drive.Id}' is no drive id: 1 to {MaximumDriveIdCharacters} letters, digits and underscores.");
        long size = DriveFile.Inspect(drive).SizeInBytes;
        Demand(
            size > 0 && size % SectorBytes == 0,
            $"Drive {drive.Id}: {drive.Path} has {size} bytes, which is no whole number of {SectorBytes}-byte sectors.");
    }

    private static void CheckMemory(MachineConfiguration machine)
    {
        long needed = EndOfKernel(machine.KernelPath) + new FileInfo(machine.InitramfsPath).Length + KernelWorkingBytes;
        long offered = (long)machine.MemoryInMiB << 20;
        if (offered < needed)
        {
            throw new MachineException(
                MachineError.MemoryTooSmall,
                $"{machine.MemoryInMiB} MiB of memory are too small for this kernel and initramfs to boot: they need at least {(needed + (1 << 20) - 1) >> 20} MiB.");
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
            throw new MachineException(MachineError.InvalidConfiguration, $"The kernel cannot be booted: {damaged.Message}", damaged);
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
