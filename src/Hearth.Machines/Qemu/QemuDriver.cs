using Hearth.Linux.Processes;

namespace Hearth.Machines.Qemu;

/// <summary>Creates QEMU machines of the type microvm.</summary>
public sealed class QemuDriver : IMachineDriver
{
    private readonly HostEnvironment environment;
    private readonly Accelerator accelerator;
    private readonly string program;

    /// <param name="environment">The environment variables of this program.</param>
    /// <param name="accelerator">
    /// The accelerator of the guests; <see cref="Accelerator.Auto"/> is resolved when a machine is configured.
    /// </param>
    /// <param name="program">QEMU's file or name; null for the one in PATH for this host's processor.</param>
    public QemuDriver(HostEnvironment environment, Accelerator accelerator = Accelerator.Auto, string? program = null)
    {
        this.environment = environment;
        this.accelerator = accelerator;
        this.program = program ?? QemuCommandLine.Program;
    }

    public string Vmm => "qemu";

    public ChannelKind Channel => ChannelKind.SerialPort;

    public IReadOnlyList<string> GuestModules => ["virtio_mmio", "virtio_blk", "virtio_console"];

    /// <summary>Finds QEMU's file on this host; null if it is not installed.</summary>
    public static string? FindProgram(HostEnvironment environment) => environment.FindProgram(QemuCommandLine.Program);

    /// <inheritdoc/>
    public IMachine Configure(MachineConfiguration configuration)
    {
        MachineChecks.Check(configuration);
        MachineChecks.CheckDevices(configuration, QemuCommandLine.DeviceSlots - QemuCommandLine.OwnDevices, "this machine");
        string path = environment.FindProgram(program) ?? throw new MachineException(
            MachineError.VmmMissing, $"the program {program} does not exist: install QEMU (Debian: qemu-system-x86)");
        return new QemuMachine(configuration, path, environment, Choose());
    }

    private Accelerator Choose()
    {
        if (accelerator == Accelerator.Tcg)
        {
            return Accelerator.Tcg;
        }

        KvmSupport kvm = KvmSupport.Inspect();
        if (accelerator == Accelerator.Auto)
        {
            return kvm.IsUsable ? Accelerator.Kvm : Accelerator.Tcg;
        }

        return kvm.Opens
            ? Accelerator.Kvm
            : throw new MachineException(
                MachineError.AcceleratorUnusable, $"cannot use KVM: {kvm.Finding}; use the accelerator auto or tcg");
    }
}
