using System.Globalization;
using System.Runtime.InteropServices;

namespace Hearth.Machines.Qemu;

/// <summary>
/// QEMU's arguments for the smallest machine that boots Debian's kernels: <c>microvm</c>, without a PCI bus and with minimal
/// firmware. ACPI stays on, since those kernels do not accept virtio-mmio devices on their command line.
/// </summary>
/// <param name="machine">The machine, after its checks.</param>
/// <param name="accelerator">The accelerator, never <see cref="Accelerator.Auto"/>.</param>
/// <param name="timeStampKHz">The frequency of the host's time-stamp counter; 0 if it is unknown.</param>
internal sealed class QemuCommandLine(MachineConfiguration machine, Accelerator accelerator, long timeStampKHz)
{
    /// <summary>The virtio-mmio slots of the machine.</summary>
    internal const int DeviceSlots = 8;

    /// <summary>The slots for other devices than drives and network interfaces: the channel's virtio-serial device.</summary>
    internal const int OwnDevices = 1;

    /// <summary>The size of the buffer for translated code, in MiB; QEMU's default grows with the guest's memory.</summary>
    internal const int TranslationBufferInMiB = 512;

    /// <summary>
    /// The seccomp sandbox, without <c>elevateprivileges=deny</c>: that forbids the calls with which -runas drops the privileges.
    /// A process without capabilities cannot regain privileges with them.
    /// </summary>
    private const string Sandbox = "on,obsolete=deny,spawn=deny,resourcecontrol=deny";

    /// <summary>The name of QEMU's program for this host's processor.</summary>
    internal static string Program => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "qemu-system-x86_64",
        Architecture other => throw new MachineException(
            MachineError.InvalidConfiguration, $"cannot run a QEMU machine on {other}: only x86-64 is supported"),
    };

    /// <summary>The interfaces whose taps <see cref="Compose"/> needs, in their order.</summary>
    internal IReadOnlyList<MachineNetworkInterface> NetworkInterfaces => machine.NetworkInterfaces;

    /// <summary>Where the taps are, and QEMU runs; null for the network namespace of the thread that boots the machine.</summary>
    internal string? NetworkNamespace => machine.NetworkNamespace;

    /// <summary>Composes all arguments.</summary>
    /// <param name="control">The descriptor of QMP's socket, as its number in QEMU.</param>
    /// <param name="console">The descriptor of the serial port's socket.</param>
    /// <param name="channel">The descriptor of the guest channel's socket.</param>
    /// <param name="taps">The descriptors of the taps or sockets, in the order of the network interfaces.</param>
    /// <param name="root">
    /// For a confined machine, the path of the directory that becomes QEMU's root once all its files are open; else null.
    /// </param>
    /// <exception cref="MachineException">A drive was removed since the check.</exception>
    internal IReadOnlyList<string> Compose(int control, int console, int channel, IReadOnlyList<int> taps, string? root)
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
        arguments.AddRange(machine.Drives.SelectMany(Drive));
        arguments.AddRange(machine.NetworkInterfaces.Zip(taps).SelectMany(pair => NetworkInterface(pair.First, pair.Second)));
        if (machine.Confinement is { } user)
        {
            arguments.AddRange(["-sandbox", Sandbox, "-chroot", root!, "-runas", $"{Number(user.UserId)}:{Number(user.GroupId)}"]);
        }

        return arguments;
    }

    /// <summary>The kernel's command line. The driver's part comes first, so the caller's arguments override it.</summary>
    internal string KernelCommandLine()
    {
        List<string> words =
        [
            "console=ttyS0", "quiet",

            // A panic restarts immediately, and QEMU ends instead of restarting (-no-reboot). A triple fault always restarts.
            "panic=-1", "reboot=t",

            // ShutdownAsync sends SysRq keys to the kernel.
            "sysrq_always_enabled",
            "nokaslr", "mitigations=off", "cryptomgr.notests", "random.trust_cpu=on",
        ];
        if (accelerator == Accelerator.Tcg)
        {
            // The last two make the kernel log the measured speed of its timer, for TimerCheck: a dozen short lines.
            words.AddRange(["tsc=reliable", "no_timer_check", "loglevel=5", "apic=verbose"]);
            if (timeStampKHz > 0)
            {
                // On a busy host, the kernel cannot measure the counter, because it is too unsteady, and hangs. Measuring costs 20 ms.
                words.Add($"tsc_early_khz={Number(timeStampKHz)}");
            }
        }

        return string.Join(' ', words.Concat(machine.KernelArguments));
    }

    private static string[] Drive(MachineDrive drive)
    {
        string readOnly = drive.ReadOnly ? "on" : "off";
        string driver = DriveFile.Inspect(drive).BlockDevice is not null ? "host_device" : "file";
        return
        [
            "-blockdev", $"driver={driver},node-name={drive.Id}-file,filename={Escape(drive.Path)},read-only={readOnly},locking=off",
            "-blockdev", $"driver=raw,node-name={drive.Id},file={drive.Id}-file,read-only={readOnly}",
            "-device", $"virtio-blk-device,drive={drive.Id},serial={drive.Id}",
        ];
    }

    /// <summary>Without vhost: QEMU carries the packets, so that its confinement holds for them too.</summary>
    private static string[] NetworkInterface(MachineNetworkInterface each, int end) =>
    [
        "-netdev", each.Socket is null
            ? $"tap,id={each.Id},fd={Number(end)},vhost=off"
            : $"stream,id={each.Id},server=off,addr.type=fd,addr.str={Number(end)}",
        "-device", $"virtio-net-device,netdev={each.Id},mac={each.HardwareAddressText}",
    ];

    private string AcceleratorOption() =>
        accelerator == Accelerator.Kvm ? "kvm" : $"tcg,thread=multi,tb-size={Number(TranslationBufferInMiB)}";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Doubles commas: QEMU's options end at a comma, and a doubled comma stands for one.</summary>
    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);
}
