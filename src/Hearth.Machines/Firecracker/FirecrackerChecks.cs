using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Hearth.Firecracker;
using Hearth.Machines.Kernel;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// Checks before Firecracker starts: configurations that it rejects, that it accepts and fails with later, or that it
/// interprets differently.
/// </summary>
internal static class FirecrackerChecks
{
    /// <summary>The slots for other devices than drives and network interfaces: vsock.</summary>
    internal const int OwnDevices = 1;

    private const ushort MachineArm64 = 183;
    private const int ElfHeadBytes = 20;
    private const string MemoryInformation = "/proc/meminfo";

    /// <exception cref="MachineException">A requirement is not met; the message describes the first one.</exception>
    internal static void Check(MachineConfiguration machine, FirecrackerOptions options)
    {
        Demand(
            machine.NetworkInterfaces.All(each => each.Socket is null),
            "Firecracker has network interfaces only by taps: use QEMU for one by a socket, or another network");
        CheckDevices(machine, FirecrackerVersion.MostDeviceSlots, "this machine");
        int devices = machine.Drives.Count + machine.NetworkInterfaces.Count + OwnDevices;
        int length = new KernelArguments(machine, serialConsole: true).LengthInBytes(devices);
        Demand(
            length <= KernelArguments.LimitInBytes,
            $"the kernel command line with Firecracker's part has {length} bytes; kernels take {KernelArguments.LimitInBytes}: shorten it");
        long host = HostMemoryInMiB();
        Demand(machine.MemoryInMiB <= host, $"{machine.MemoryInMiB} MiB of memory are more than this host's {host} MiB");
        foreach (string path in new[] { options.LogPath, options.MetricsPath }.OfType<string>())
        {
            Demand(Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))), $"there is no directory for Firecracker's log {path}");
        }
    }

    /// <param name="machine">The machine with the drives and network interfaces.</param>
    /// <param name="deviceSlots">The slots of the release that runs it; if that is not known yet, the most that any release has.</param>
    /// <param name="whose">The name of the limit's owner, for the message.</param>
    /// <exception cref="MachineException">There are more devices than slots for them.</exception>
    internal static void CheckDevices(MachineConfiguration machine, int deviceSlots, string whose) =>
        MachineChecks.CheckDevices(machine, deviceSlots - OwnDevices, whose);

    /// <exception cref="MachineException">The program is for another processor architecture.</exception>
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
                $"{path} is a program for {NameOf(found)}, and this host's processor is {NameOf(own)}: use Firecracker for {NameOf(own)}");
        }
    }

    /// <summary>
    /// Refuses user-space programs. Firecracker would load any program, and the guest would reset at its first instruction. Unlike
    /// a program, a kernel has no header for a stack or an interpreter.
    /// </summary>
    /// <exception cref="MachineException">The file is a program.</exception>
    internal static void CheckKernel(string path)
    {
        if (ElfImage.IsProgram(path))
        {
            throw new MachineException(
                MachineError.InvalidConfiguration, $"{path} is a program, not a kernel: Firecracker boots an uncompressed ELF vmlinux");
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
