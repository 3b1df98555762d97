using System.Text;

namespace Hearth.Machines.Firecracker;

/// <summary>The kernel's command line for a Firecracker machine.</summary>
/// <param name="machine">Checked before.</param>
/// <param name="serialConsole">Whether the guest gets a serial port.</param>
internal sealed class KernelArguments(MachineConfiguration machine, bool serialConsole)
{
    /// <summary>What x86 kernels take, and Firecracker refuses to exceed.</summary>
    internal const int LimitInBytes = 2048;

    /// <summary>Firecracker appends <c>pci=off</c>, and for each device up to this much, as kernels without ACPI want it.</summary>
    private const int AppendedBytes = 9;
    private const int AppendedBytesEachDevice = 40;

    /// <summary>The driver's part first: what the caller says later wins.</summary>
    internal string Compose()
    {
        string[] console = serialConsole ? ["console=ttyS0", "quiet"] : ["8250.nr_uarts=0", "quiet", "loglevel=1"];
        IEnumerable<string> words =
        [
            .. console,

            // A panic restarts at once, and a restart ends Firecracker, which notices the keyboard controller's reset alone.
            "panic=-1", "reboot=k",

            // The keyboard is there for Ctrl-Alt-Del; the rest of its controller is not, and looking for it takes long.
            "i8042.noaux", "i8042.nomux", "i8042.dumbkbd",
            "swiotlb=noforce", "cryptomgr.notests", "random.trust_cpu=on",
            .. machine.KernelArguments,
        ];
        return string.Join(' ', words);
    }

    /// <summary>How long the command line will be, with what Firecracker appends.</summary>
    internal int LengthInBytes(int devices) => Encoding.UTF8.GetByteCount(Compose()) + AppendedBytes + (devices * AppendedBytesEachDevice);
}
