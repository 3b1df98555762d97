using System.Text.Json.Serialization;
using Hearth.Containers.Health;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.Machines;
using Hearth.Machines.Firecracker;

namespace Hearth.Containers;

/// <summary>
/// The complete configuration of a container, as pure data: from the command line, a bundle or a program. It is stored in the
/// container's record. A keeper needs nothing else to run the container, now and after a restart of the host. It can hold
/// secrets: only root may read it, and no part of it enters an image.
/// </summary>
public sealed record ContainerDescription
{
    public const int DefaultStopTimeoutSeconds = 10;

    /// <summary>The environment variable whose value is a default of <see cref="InitPath"/>.</summary>
    public const string InitVariable = "HEARTH_INIT";

    /// <summary>The environment variable whose value is a default of <see cref="JailBase"/>.</summary>
    public const string JailBaseVariable = FirecrackerJailOptions.BaseVariable;

    /// <summary>The environment variable whose value is a default of <see cref="NetworkOptions"/> on the command line.</summary>
    public const string NetworkVariable = "HEARTH_NETWORK";

    /// <summary>The environment variable whose value is a default of <see cref="NetworkOptions.Subnet"/> on the command line.</summary>
    public const string SubnetVariable = "HEARTH_SUBNET";

    /// <summary>The environment variable whose value is the default of <see cref="NetworkOptions.CniConfigurations"/>.</summary>
    public const string CniConfigurationsVariable = "HEARTH_CNI_CONFIG";

    /// <summary>The environment variable whose value, with colons, is the default of <see cref="NetworkOptions.CniPlugins"/>.</summary>
    public const string CniPluginsVariable = "HEARTH_CNI_PLUGINS";

    public static readonly TimeSpan DefaultBootTimeout = TimeSpan.FromSeconds(60);

    /// <summary>An emulated processor is many times slower, and even slower while other guests boot.</summary>
    public static readonly TimeSpan DefaultEmulatedBootTimeout = TimeSpan.FromSeconds(180);

    /// <summary>64 hexadecimal digits; empty until the container has a record.</summary>
    public string Id { get; init; } = "";

    /// <summary>Unique among all containers; if it is empty, the record chooses one.</summary>
    public string Name { get; init; } = "";

    /// <summary>When its record was created.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>The part that the OCI runtime specification covers.</summary>
    public required ContainerSpec Spec { get; init; }

    /// <summary>The image that is the root; null for a directory, whose path the specification has.</summary>
    public ImageOrigin? Image { get; init; }

    /// <summary>How the root becomes a disk.</summary>
    public RootfsOptions Rootfs { get; init; } = new();

    /// <summary>The cache of prepared images; null for none.</summary>
    public CacheSettings? Cache { get; init; }

    /// <summary>Size of a disk-backed writable layer; null for one in the guest's memory.</summary>
    public ByteSize? ScratchSize { get; init; }

    /// <summary>Directories of the host that the container may write to, and named volumes.</summary>
    public IReadOnlyList<VolumeMount> Volumes { get; init => field = value ?? []; } = [];

    public NetworkOptions Network { get; init => field = value ?? new(); } = new();

    public VmmKind Vmm { get; init; }

    public Accelerator Accelerator { get; init; }

    /// <summary>A kernel's name in the store, or a path of an imported kernel; null for the newest.</summary>
    public string? Kernel { get; init; }

    /// <summary>The program that becomes the guest's first process; null for the one in this program's directory.</summary>
    public string? InitPath { get; init; }

    /// <summary>A file for the guest's console. Null keeps only its last lines; with Firecracker there is then no console at all.</summary>
    public string? ConsoleLog { get; init; }

    /// <summary>
    /// The longest time for each step of the guest's start: to answer, to set up the container, to start the command. Null for
    /// <see cref="DefaultBootTimeout"/>, or with emulation <see cref="DefaultEmulatedBootTimeout"/>.
    /// </summary>
    public TimeSpan? BootTimeout { get; init; }

    /// <summary>
    /// The range from which the machine gets a user that confines it; null to run the VMM with this program's own rights.
    /// </summary>
    public UserRange? MachineUsers { get; init; } = UserRange.Default;

    /// <summary>The directory of Firecracker's jails; null for the default.</summary>
    public string? JailBase { get; init; }

    /// <summary>
    /// The control group beneath which the container gets its own; null for the default. The specification may give the whole
    /// path instead.
    /// </summary>
    public string? ControlGroupParent { get; init; }

    /// <summary>
    /// The name of a time zone of the host, whose rules replace the image's; <c>local</c> for the host's own zone, null to keep
    /// the image's.
    /// </summary>
    public string? TimeZone { get; init; }

    /// <summary>docker's word for all capabilities. A machine has no devices of the host, whatever it says.</summary>
    public bool IsPrivileged { get; init; }

    /// <summary>True for a process 1 that forwards signals and reaps orphans, with the command as its child (docker's --init).</summary>
    public bool HasReaper { get; init; }

    /// <summary>True to give the caller's standard input to the process.</summary>
    public bool Interactive { get; init; }

    /// <summary>Whether the process's standard input ends when the client that started it closes its own.</summary>
    public bool InputEndsWithClient { get; init; }

    /// <summary>Whether the container is removed when its process ends.</summary>
    public bool AutoRemove { get; init; }

    /// <summary>When it is started again after its end; null for never.</summary>
    public RestartPolicy? Restart { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>Set for a container that a container engine created.</summary>
    public EngineDetails? Engine { get; init; }

    /// <summary>The signal that <c>stop</c> sends first.</summary>
    public int StopSignal { get; init; } = Linux.Processes.SignalNumber.Terminate;

    /// <summary>How long <c>stop</c> waits before it kills the process.</summary>
    public int StopTimeoutSeconds { get; init; } = DefaultStopTimeoutSeconds;

    /// <summary>How its health is checked; null for no check.</summary>
    public HealthCheck? Health { get; init; }

    /// <summary>How output is logged.</summary>
    public LogOptions Log { get; init => field = value ?? new(); } = new();

    /// <summary>Processors and memory of the machine.</summary>
    /// <exception cref="HearthException">An annotation is not a valid size.</exception>
    [JsonIgnore]
    public MachineShape Shape => MachineShape.Of(Spec);

    /// <summary>How Firecracker's jailer confines the machine; null if it is not confined.</summary>
    [JsonIgnore]
    public FirecrackerJailOptions? Jail => MachineUsers is null
        ? null
        : new FirecrackerJailOptions { BaseDirectory = string.IsNullOrEmpty(JailBase) ? FirecrackerJailOptions.DefaultBaseDirectory : JailBase };

    /// <summary>Returns the description with a name that a user gave.</summary>
    /// <exception cref="HearthException">The name is invalid.</exception>
    public ContainerDescription WithName(string name)
    {
        ContainerNames.Require(name);
        return this with { Name = name };
    }

    /// <summary>Returns the description with absolute paths, since a process with another working directory will use them.</summary>
    public ContainerDescription WithAbsolutePaths() => this with
    {
        Spec = Image is null ? Spec with { Root = Spec.Root! with { Path = Path.GetFullPath(Spec.Root.Path) } } : Spec,
        ConsoleLog = Absolute(ConsoleLog),
        JailBase = Absolute(JailBase),
        InitPath = Absolute(InitPath),

        // A kernel without a slash is a name in the store.
        Kernel = Kernel is { } kernel && kernel.Contains('/', StringComparison.Ordinal) ? Path.GetFullPath(kernel) : Kernel,
        Rootfs = Rootfs with { Binds = [.. Rootfs.Binds.Select(bind => bind with { Source = Path.GetFullPath(bind.Source) })] },
    };

    /// <summary>Returns the description with other resources, and perhaps another restart policy. Values that are not set stay as they were.</summary>
    /// <exception cref="HearthException">The container is removed at its end, so that nothing can start it again.</exception>
    public ContainerDescription With(ResourcesSpec resources, RestartChange? restart) => restart is { Policy: not null } && AutoRemove
        ? throw new HearthException(HearthError.InvalidRequest, $"cannot give container '{Name}' a restart policy: it is removed at its end (--rm); create it without")
        : this with
        {
            Spec = Spec with { Linux = (Spec.Linux ?? new LinuxSpec()) with { Resources = resources.Over(Spec.Linux?.Resources) } },
            Restart = restart is null ? Restart : restart.Policy,
        };

    private static string? Absolute(string? path) => string.IsNullOrEmpty(path) ? null : Path.GetFullPath(path);
}
