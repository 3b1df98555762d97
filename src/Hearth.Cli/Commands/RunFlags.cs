using Hearth.Cli.Commands.Images;
using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.Machines;
using Hearth.Machines.Firecracker;

namespace Hearth.Cli.Commands;

/// <summary>The flags of <c>hearth run</c>.</summary>
internal sealed class RunFlags(CommandContext context, GlobalFlags global)
{
    public const int DefaultMemoryInMebibytes = 512;

    public Argument<string?> Root { get; } = Argument.Optional("ROOT");

    public Argument<string[]> Command { get; } = Argument.Any("COMMAND");

    public ContainerFlags Container { get; } = new();

    public BundleFlags Bundle { get; } = new(context);

    public ProcessFlags Process { get; } = new();

    public GuestFlags Guest { get; } = new();

    public RefusedFlags Refused { get; } = new();

    public AttachFlags Attach { get; } = new();

    public Flag<bool> Interactive { get; } = Flag.Switch("--interactive", "attach standard input", "-i");

    public Flag<bool> Tty { get; } = Flag.Switch("--tty", "allocate a terminal", "-t");

    public Flag<string[]> Env { get; } = Flag.List("--env", "NAME[=VALUE]", "set a variable; without a value, take the caller's", "-e");

    public Flag<string[]> EnvFile { get; } = Flag.List("--env-file", "FILE", "read variables from a file, one NAME=VALUE a line");

    public Flag<string?> Workdir { get; } = Flag.Text("--workdir", "DIR", "working directory (default /)", "-w");

    public Flag<string?> User { get; } = Flag.Text("--user", "USER[:GROUP]", "user and group, by name or number (default root)", "-u");

    public Flag<string?> Hostname { get; } = Flag.Text("--hostname", "NAME", "host name of the guest (default the container's short id)", "-h");

    public Flag<string?> Domainname { get; } = Flag.Text("--domainname", "NAME", "NIS domain name of the guest, and the rest of its host name in\n/etc/hosts");

    public LimitFlags Limits { get; } = new();

    public PrivilegeFlags Privileges { get; } = new();

    public MetadataFlags Metadata { get; } = new();

    public NetworkFlags Network { get; } = new();

    public Flag<VmmKind> Vmm { get; } = Flag.Choice("--vmm",
        "virtual machine monitor; auto uses Firecracker if it is found\nand KVM is usable, else QEMU (default auto)",
        ("auto", VmmKind.Auto), ("firecracker", VmmKind.Firecracker), ("qemu", VmmKind.Qemu));

    public Flag<string?> Console { get; } = Flag.Text("--console", "FILE", "write the guest's console to FILE; Firecracker guests have a\nconsole only with this flag");

    public Flag<Accelerator> Accel { get; } = CommonFlags.Accel();

    public Flag<bool> NoJailer { get; } = Flag.Switch("--no-jailer",
        "run the VMM with this program's rights, without a user of its own,\nan empty root and a system call filter; for development");

    public Flag<string?> UidRange { get; } = Flag.Text("--uid-range", "FIRST-LAST",
        $"users, and groups of the same numbers, for VMMs, one each\n(default ${UserRange.Variable}, else {UserRange.Default})");

    public Flag<string?> JailBase { get; } = Flag.Text("--jail-base", "DIR",
        $"directory for Firecracker's jails, not mounted noexec or nodev\n(default ${FirecrackerJailOptions.BaseVariable}, else {FirecrackerJailOptions.DefaultBaseDirectory})");

    public Flag<string?> ControlGroupParent { get; } = Flag.Text("--cgroup-parent", "GROUP",
        "parent of the container's control group\n(default $HEARTH_CGROUP_PARENT, else /hearth)");

    public Flag<string?> Kernel { get; } = Flag.Text("--kernel", "KERNEL", "kernel of the store ('hearth kernel list'), or the path of one\n(default the newest)");

    public Flag<TimeSpan?> BootTimeout { get; } = Flag.Duration("--boot-timeout",
        $"fail if the guest takes longer to answer, to set up the container,\nor to start the command (each;\ndefault {ContainerDescription.DefaultBootTimeout.TotalSeconds:0}s, by emulation {ContainerDescription.DefaultEmulatedBootTimeout.TotalSeconds:0}s)");

    public Flag<bool> ReadOnly { get; } = Flag.Switch("--read-only", "omit the writable layer; /run, /tmp and /var/tmp stay writable,\nin memory");

    public Flag<string[]> Tmpfs { get; } = Flag.List("--tmpfs", "DIR[:OPTIONS]", "mount a tmpfs: /run, /tmp:size=64m,exec");

    public VolumeFlags Volumes { get; } = new();

    public Flag<ByteSize?> Scratch { get; } = Flag.Size("--scratch", "writable layer on a disk of this size\n(default: in the guest's memory)");

    public Flag<RootfsMode?> RootfsMode { get; } = Flag.Choice<RootfsMode?>("--rootfs-mode",
        "how the root's disk is made: lazy reads on demand, squashfs packs,\next4 copies; auto uses the first that works (default auto)",
        ("auto", null), ("lazy", Containers.RootfsMode.Lazy), ("squashfs", Containers.RootfsMode.SquashFs), ("ext4", Containers.RootfsMode.Ext4));

    public PackFlags Pack { get; } = new();

    public Flag<ImageFormat?> RootfsFormat { get; } = CommonFlags.RootfsFormat("EROFS if\nthe kernel has it");

    public TreeFlags Tree { get; } = new();

    public CacheFlags Cache { get; } = new(context, global);

    public ImageFlags Images { get; } = new(context, global);

    public LazyFlags Lazy { get; } = new();

    public Flag<PullPolicy> Pull { get; } = Flag.Choice("--pull",
        "when to fetch the image (default missing)",
        ("missing", PullPolicy.Missing), ("always", PullPolicy.Always), ("never", PullPolicy.Never));

    public Flag<bool> Timings { get; } = Flag.Switch("--timings", "show the phases of the start, and how much was read");

    public Flag<string?> Report { get; } = Flag.Text("--report", "FILE", "write the same to FILE as JSON");
}
