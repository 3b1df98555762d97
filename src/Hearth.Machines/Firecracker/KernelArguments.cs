using System.Text;

namespace Hearth.Machines.Firecracker;

/// <summary>The kernel's command line for a Firecracker machine.</summary>
/// <param name="machine">The machine, after its checks.</param>
/// <param name="serialConsole">True if the guest gets a serial port.</param>
internal sealed class KernelArguments(MachineConfiguration machine, bool serialConsole)
{
    /// <summary>The limit of x86 kernels; Firecracker refuses longer command lines.</summary>
    internal const int LimitInBytes = 2048;

    /// <summary>Firecracker appends <c>pci=off</c> and, for kernels without ACPI, at most this many bytes for each device.</summary>
    private const int AppendedBytes = 9;
    private const int AppendedBytesEachDevice = 40;

    /// <summary>Composes the command line. The driver's part comes first, so the caller's arguments override it.</summary>
    internal string Compose()
    {
        string[] console = serialConsole ? ["console=ttyS0", "quiet"] : ["8250.nr_uarts=0", "quiet", "loglevel=1"];
        IEnumerable<string> words =
        [
            .. console,

            // A panic restarts immediately. A restart through the keyboard controller ends Firecracker, which detects no other reset.
            "panic=-1", "reboot=k",

            // The keyboard exists for Ctrl-Alt-Del. The other parts of its controller do not exist, and probing them takes long.
            "i8042.noaux", "i8042.nomux", "i8042.dumbkbd",
            "swiotlb=noforce", "cryptomgr.notests", "random.trust_cpu=on",
            .. machine.KernelArguments,
        ];
        return string.Join(' ', words);
    }

    /// <summary>The largest length of the command line, with Firecracker's additions.</summary>
    internal int LengthInBytes(int devices) => Encoding.UTF8.GetByteCount(Compose()) + AppendedBytes + (devices * AppendedBytesEachDevice);
}
