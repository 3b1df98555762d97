using Hearth.Firecracker;
using Hearth.Linux.Processes;
using Hearth.Machines.Kernel;

namespace Hearth.Machines.Firecracker;

/// <summary>Creates Firecracker microVMs. They need KVM and an x86-64 kernel as an ELF vmlinux.</summary>
public sealed class FirecrackerDriver : IMachineDriver
{
    /// <summary>The environment variable with the path of Firecracker's file.</summary>
    public const string Variable = "HEARTH_FIRECRACKER";

    internal const string ProgramName = "firecracker";

    private readonly HostEnvironment environment;
    private readonly string? program;
    private readonly FirecrackerOptions options;
    private readonly Func<KvmSupport> inspectKvm;

    /// <param name="environment">The environment variables of this program.</param>
    /// <param name="program">Firecracker's file or name; null for the value of <see cref="Variable"/>, else the one in PATH.</param>
    /// <param name="options">The options; null for the defaults.</param>
    public FirecrackerDriver(HostEnvironment environment, string? program = null, FirecrackerOptions? options = null)
        : this(environment, program, options ?? new FirecrackerOptions(), KvmSupport.Inspect)
    {
    }

    internal FirecrackerDriver(HostEnvironment environment, string? program, FirecrackerOptions options, Func<KvmSupport> inspectKvm)
    {
        this.environment = environment;
        this.program = program;
        this.options = options;
        this.inspectKvm = inspectKvm;
    }

    public string Vmm => "firecracker";

    public ChannelKind Channel => ChannelKind.Vsock;

    public IReadOnlyList<string> GuestModules => ["virtio_mmio", "virtio_blk", "vmw_vsock_virtio_transport"];

    /// <summary>Checks whether this driver's machines can run on this host with a kernel. It does not start a process.</summary>
    /// <returns>The reason why they cannot, as a clause; null if they can.</returns>
    public string? FindObstacle(KernelEntry kernel)
    {
        try
        {
            string path = ProgramPath();
            FirecrackerChecks.CheckProgram(path);
            if (options.Jail is not null)
            {
                JailChecks.FindProgram(options.Jail, path, environment);
            }
        }
        catch (MachineException obstacle)
        {
            return obstacle.Message.TrimEnd('.');
        }

        return FindKvmObstacle() ?? (GuestModules.FirstOrDefault(module => kernel.HasModuleOrFeature(module) == false) is string missing
            ? $"the kernel {kernel.Name} has no {missing}"
            : null);
    }

    /// <inheritdoc/>
    public IMachine Configure(MachineConfiguration configuration)
    {
        MachineChecks.Check(configuration);
        FirecrackerChecks.Check(configuration, options);
        string path = ProgramPath();
        FirecrackerChecks.CheckProgram(path);
        if (FindKvmObstacle() is string obstacle)
        {
            throw new MachineException(
                MachineError.AcceleratorUnusable, $"Firecracker cannot be used: {obstacle}; QEMU runs guests without KVM");
        }

        return new FirecrackerMachine(configuration, path, configuration.Confinement is null ? null : FindJailer(path), environment, options);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> TracesOf(MachineConfiguration configuration) => configuration.Confinement is null
        ? []
        : [JailerCommand.DirectoryOf((options.Jail ?? new FirecrackerJailOptions()).BaseDirectory, ProgramPath(), configuration.Id)];

    private string FindJailer(string firecracker)
    {
        FirecrackerJailOptions jail = options.Jail ?? new FirecrackerJailOptions();
        JailChecks.Check(options, jail, firecracker);
        return JailChecks.FindProgram(jail, firecracker, environment);
    }

    private string NamedProgram() =>
        environment.Find(Variable) is { Length: > 0 } named ? named : ProgramName;

    private string ProgramPath()
    {
        string name = program ?? NamedProgram();
        string found = environment.FindProgram(name) ?? throw new MachineException(
            MachineError.VmmMissing,
            $"the program {name} {HostEnvironment.FaultOf(name)}: install Firecracker {FirecrackerRelease.Version}, or set {Variable}");

        // The jailer names jails after the file, not after a link to it.
        return File.ResolveLinkTarget(found, returnFinalTarget: true)?.FullName ?? found;
    }

    private string? FindKvmObstacle()
    {
        KvmSupport kvm = inspectKvm();
        return (options.TrustKvm ? kvm.Opens : kvm.IsUsable) ? null : $"KVM, which it needs, is not usable: {kvm.Finding}";
    }
}
