using Hearth.Machines.Processes;

namespace Hearth.Machines.Firecracker;

/// <summary>Makes Firecracker microVMs. They need KVM and an x86-64 kernel as an ELF vmlinux.</summary>
public sealed class FirecrackerDriver : IMachineDriver
{
    /// <summary>The environment variable that names Firecracker's file.</summary>
    public const string Variable = "HEARTH_FIRECRACKER";

    private const string ProgramName = "firecracker";

    private readonly string? program;
    private readonly FirecrackerOptions options;
    private readonly Func<KvmSupport> inspectKvm;

    /// <param name="program">Firecracker's file or name; null for what <see cref="Variable"/> names, else the one in PATH.</param>
    /// <param name="options">Null for none of them.</param>
    public FirecrackerDriver(string? program = null, FirecrackerOptions? options = null)
        : this(program, options ?? new FirecrackerOptions(), KvmSupport.Inspect)
    {
    }

    internal FirecrackerDriver(string? program, FirecrackerOptions options, Func<KvmSupport> inspectKvm)
    {
        this.program = program;
        this.options = options;
        this.inspectKvm = inspectKvm;
    }

    public string Vmm => "firecracker";

    public ChannelKind Channel => ChannelKind.Vsock;

    public IReadOnlyList<string> GuestModules => ["virtio_mmio", "virtio_blk", "vmw_vsock_virtio_transport"];

    /// <summary>Firecracker's file on this host; null where there is none, also where <see cref="Variable"/> names one that is not there.</summary>
    public static string? FindProgram() => ProgramSearch.Find(NamedProgram());

    /// <inheritdoc/>
    public IMachine Configure(MachineConfiguration configuration)
    {
        MachineChecks.Check(configuration);
        FirecrackerChecks.Check(configuration, options);
        string name = program ?? NamedProgram();
        string path = ProgramSearch.Find(name) ?? throw new MachineException(
            MachineError.VmmMissing,
            $"The program {name} is not there: install Firecracker {FirecrackerRelease.Version}, or name its file in {Variable}.");
        FirecrackerChecks.CheckProgram(path);
        CheckKvm();
        return new FirecrackerMachine(configuration, path, options);
    }

    private static string NamedProgram() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : ProgramName;

    private void CheckKvm()
    {
        KvmSupport kvm = inspectKvm();
        if (!(options.TrustKvm ? kvm.Opens : kvm.IsUsable))
        {
            throw new MachineException(
                MachineError.AcceleratorUnusable, $"Firecracker needs KVM, which cannot be used: {kvm.Finding}. QEMU runs guests without it.");
        }
    }
}
