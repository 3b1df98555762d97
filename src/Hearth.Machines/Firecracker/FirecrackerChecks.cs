using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Hearth.Firecracker;
using Hearth.Machines.Kernel;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// What Firecracker takes without complaint and fails with later, or does not take, or takes otherwise than meant: checked
/// before it starts.
/// </summary>
internal static class FirecrackerChecks
{
    /// <summary>Slots that are not for drives: vsock.</summary>
    internal const int OwnDevices = 1;

    private const ushort MachineArm64 = 183;
    private const int ElfHeadBytes = 20;
    private const string MemoryInformation = "/proc/meminfo";

    /// <exception cref="MachineException">The first thing that is wrong.</exception>
    internal static void Check(MachineConfiguration machine, FirecrackerOptions options)
    {
        CheckDrives(machine, FirecrackerVersion.MostDeviceSlots, "this machine");
        int length = new KernelArguments(machine, serialConsole: true).LengthInBytes(machine.Drives.Count + OwnDevices);
        Demand(
            length <= KernelArguments.LimitInBytes,
            $"The kernel's command line has {length} bytes with what Firecracker appends; kernels take {KernelArguments.LimitInBytes}: give it fewer arguments.");
        long host = HostMemoryInMiB();
        Demand(machine.MemoryInMiB <= host, $"{machine.MemoryInMiB} MiB of memory are more than this host's {host} MiB.");
        foreach (string path in new[] { options.LogPath, options.MetricsPath }.OfType<string>())
        {
            Demand(Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))), $"There is no directory for Firecracker's log {path}.");
        }
    }

    /// <param name="machine">Whose drives.</param>
    /// <param name="deviceSlots">Of the release that runs it, or where that is not known yet the most that any has.</param>
    /// <param name="whose">For the message.</param>
    /// <exception cref="MachineException">There are more drives than that.</exception>
    internal static void CheckDrives(MachineConfiguration machine, int deviceSlots, string whose)
    {
        if (machine.Drives.Count + OwnDevices > deviceSlots)
        {
            throw new MachineException(
                MachineError.TooManyDevices, $"{machine.Drives.Count} drives are too many: {whose} takes {deviceSlots - OwnDevices}.");
        }
    }

    /// <exception cref="MachineException">The program is one for another processor.</exception>
    internal static void CheckProgram(string path)
    {
        Span<byte> head = stackalloc byte[ElfHeadBytes];
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        int count = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (count < head.Length || !ElfImage.IsElf(head))
        {
            return;
        }

        ushort own = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? MachineArm64 : ElfImage.MachineX64;
        ushort found = BinaryPrimitives.ReadUInt16LittleEndian(head[18..]);
        if (found != own)
        {
            throw new MachineException(
                MachineError.VmmMissing,
                $"{path} is a program for {NameOf(found)}, and this host's processor is {NameOf(own)}: take the release of Firecracker for {NameOf(own)}.");
        }
    }

    /// <summary>A kernel's linker marks no stack and names no interpreter; Firecracker would load any program and reset at its first instruction.</summary>
    /// <exception cref="MachineException">It is a program.</exception>
    internal static void CheckKernel(string path)
    {
        if (ElfImage.IsProgram(path))
        {
            throw new MachineException(
                MachineError.InvalidConfiguration, $"{path} is a program, not a kernel: Firecracker boots an uncompressed ELF vmlinux.");
        }
    }

    private static string NameOf(ushort machine) => machine switch
    {
        ElfImage.MachineX64 => "x86_64",
        MachineArm64 => "aarch64",
        _ => $"ELF machine {machine}",
    };

    private static long HostMemoryInMiB()
    {
        string line = File.ReadLines(MemoryInformation).First(text => text.StartsWith("MemTotal:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 10;
    }

    private static void Demand(bool met, string message)
    {
        if (!met)
        {
            throw new MachineException(MachineError.InvalidConfiguration, message);
        }
    }
}
