using System.Globalization;
using System.Runtime.InteropServices;

namespace Hearth.Machines.Qemu;

/// <summary>
/// The arguments that make QEMU the smallest machine that Debian's kernels boot on: <c>microvm</c>, which has no PCI bus and
/// no firmware to speak of. ACPI stays on, since those kernels do not take virtio-mmio devices from their command line.
/// </summary>
/// <param name="machine">Checked before.</param>
/// <param name="accelerator">Never <see cref="Accelerator.Auto"/>.</param>
/// <param name="timeStampKHz">Speed of the host's time-stamp counter; 0 where it is not known.</param>
internal sealed class QemuCommandLine(MachineConfiguration machine, Accelerator accelerator, long timeStampKHz)
{
    /// <summary>virtio-mmio slots of the machine.</summary>
    internal const int DeviceSlots = 8;

    /// <summary>Slots that are not for drives: the channel's virtio-serial device.</summary>
    internal const int OwnDevices = 1;

    /// <summary>Translated code that is kept, in MiB; QEMU's own default grows with the guest's memory.</summary>
    internal const int TranslationBufferInMiB = 512;

    /// <summary>
    /// Without <c>elevateprivileges=deny</c>: it forbids the very calls by which -runas gives the privileges up. They give none
    /// back to who has no capabilities.
    /// </summary>
    private const string Sandbox = "on,obsolete=deny,spawn=deny,resourcecontrol=deny";

    /// <summary>The program for this host's processor.</summary>
    internal static string Program => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "qemu-system-x86_64",
        Architecture other => throw new MachineException(
            MachineError.InvalidConfiguration, $"There is no QEMU machine for {other} yet: x86-64 is what there is."),
    };

    /// <summary>All arguments.</summary>
    /// <param name="control">The descriptor of QMP's socket, by its number in QEMU.</param>
    /// <param name="console">The descriptor of the serial port's socket.</param>
    /// <param name="channel">The descriptor of the guest channel's socket.</param>
    /// <param name="root">Of a confined machine: the path of the directory that QEMU takes as its root when all its files are open.</param>
    /// <exception cref="MachineException">A drive went missing since the check.</exception>
    internal IReadOnlyList<string> Compose(int control, int console, int channel, string? root)
    {
        List<string> arguments =
        [
            "-name", $"hearth-{machine.Id},process=hearth-vm",
            "-M", "microvm,acpi=on,x-option-roms=off,isa-serial=on,rtc=on,pcie=off",
            "-accel", AcceleratorOption(),
            "-cpu", accelerator == Accelerator.Kvm ? "host" : "max",
            "-smp", Number(machine.VirtualCpus),
            "-m", $"{Number(machine.MemoryInMiB)}M",
            "-nodefaults", "-no-user-config", "-nographic", "-no-reboot",
            "-chardev", $"socket,id=control,fd={Number(control)}",
            "-mon", "chardev=control,mode=control",
            "-chardev", $"socket,id=console,fd={Number(console)}",
            "-serial", "chardev:console",
            "-kernel", machine.KernelPath,
            "-initrd", machine.InitramfsPath,
            "-append", KernelCommandLine(),
            "-device", "virtio-serial-device",
            "-chardev", $"socket,id=channel,fd={Number(channel)}",
            "-device", $"virtserialport,id=port,chardev=channel,name={machine.Channel.SerialPortName}",
        ];
        foreach (MachineDrive drive in machine.Drives)
        {
            string readOnly = drive.ReadOnly ? "on" : "off";
            string driver = DriveFile.Inspect(drive).BlockDevice is not null ? "host_device" : "file";
            arguments.AddRange(
            [
                "-blockdev", $"driver={driver},node-name={drive.Id}-file,filename={Escape(drive.Path)},read-only={readOnly},locking=off",
                "-blockdev", $"driver=raw,node-name={drive.Id},file={drive.Id}-file,read-only={readOnly}",
                "-device", $"virtio-blk-device,drive={drive.Id},serial={drive.Id}",
            ]);
        }

        if (machine.Confinement is { } user)
        {
            arguments.AddRange(["-sandbox", Sandbox, "-chroot", root!, "-runas", $"{Number(user.UserId)}:{Number(user.GroupId)}"]);
        }

        return arguments;
    }

    /// <summary>The driver's part first: what the caller says later wins.</summary>
    internal string KernelCommandLine()
    {
        List<string> words =
        [
            "console=ttyS0", "quiet",

            // A panic restarts at once, and QEMU ends instead of restarting (-no-reboot); by triple fault, which always works.
            "panic=-1", "reboot=t",

            // ShutdownAsync speaks to the kernel by these keys.
            "sysrq_always_enabled",
            "nokaslr", "mitigations=off", "cryptomgr.notests", "random.trust_cpu=on",
        ];
        if (accelerator == Accelerator.Tcg)
        {
            // The last two have the kernel tell what it found of its timer, for TimerCheck: a dozen short lines.
            words.AddRange(["tsc=reliable", "no_timer_check", "loglevel=5", "apic=verbose"]);
            if (timeStampKHz > 0)
            {
                // On a busy host the kernel finds the counter too unsteady to measure and hangs; and measuring costs 20 ms.
                words.Add($"tsc_early_khz={Number(timeStampKHz)}");
            }
        }

        return string.Join(' ', words.Concat(machine.KernelArguments));
    }

    private string AcceleratorOption() =>
        accelerator == Accelerator.Kvm ? "kvm" : $"tcg,thread=multi,tb-size={Number(TranslationBufferInMiB)}";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>QEMU's options end at a comma; a doubled one is a comma.</summary>
    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);
}
