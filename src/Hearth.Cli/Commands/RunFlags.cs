using Hearth.Cli.CommandLine;
using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.Machines;
using Hearth.Machines.Firecracker;

namespace Hearth.Cli.Commands;

/// <summary>What <c>hearth run</c> can be told, and what its help says of it.</summary>
internal sealed class RunFlags(CommandContext context, GlobalFlags global)
{
    public const int DefaultMemoryInMebibytes = 512;

    public Argument<string?> Directory { get; } = Argument.Optional("DIRECTORY");

    public Argument<string[]> Command { get; } = Argument.Any("COMMAND");

    public ContainerFlags Container { get; } = new();

    public BundleFlags Bundle { get; } = new(context);

    public ProcessFlags Process { get; } = new();

    public GuestFlags Guest { get; } = new();

    public RefusedFlags Refused { get; } = new();

    public Flag<bool> Interactive { get; } = Flag.Switch("--interactive", "give standard input to the command", "-i");

    public Flag<bool> Tty { get; } = Flag.Switch("--tty", "give the command a terminal", "-t");

    public Flag<string[]> Env { get; } = Flag.List("--env", "NAME[=VALUE]", "set a variable; without a value, the caller's", "-e");

    public Flag<string[]> EnvFile { get; } = Flag.List("--env-file", "FILE", "read variables from a file, one NAME=VALUE a line");

    public Flag<string?> Workdir { get; } = Flag.Text("--workdir", "DIR", "directory to start in (default /)", "-w");

    public Flag<string?> User { get; } = Flag.Text("--user", "USER[:GROUP]", "names or numbers, looked up in the image (default root)", "-u");

    public Flag<string?> Hostname { get; } = Flag.Text("--hostname", "NAME", "the guest's host name (default the container's short id)");

    public Flag<double?> Cpus { get; } = Flag.Number("--cpus", "processors; a fraction is rounded up (default 1)");

    public Flag<ByteSize?> Memory { get; } = Flag.Size("--memory", $"the guest's memory (default {DefaultMemoryInMebibytes}m)", "-m");

    public Flag<VmmKind> Vmm { get; } = Flag.Choice("--vmm",
        "the virtual machine monitor; auto takes Firecracker where it is\nthere and KVM is usable, else QEMU (default auto)",
        ("auto", VmmKind.Auto), ("firecracker", VmmKind.Firecracker), ("qemu", VmmKind.Qemu));

    public Flag<string?> Console { get; } = Flag.Text("--console", "FILE", "write the guest's console to FILE; with Firecracker, guests have\none only then");

    public Flag<Accelerator> Accel { get; } = CommonFlags.Accel();

    public Flag<bool> NoJailer { get; } = Flag.Switch("--no-jailer",
        "leave the VMM this program's own rights, instead of a user of its\nown, an empty root and a filter of system calls; for development");

    public Flag<string?> UidRange { get; } = Flag.Text("--uid-range", "FIRST-LAST",
        $"the users, and groups of the same numbers, that VMMs get, one each\n(default ${UserRange.Variable}, else {UserRange.Default})");

    public Flag<string?> JailBase { get; } = Flag.Text("--jail-base", "DIR",
        $"where Firecracker's jails stand: not mounted noexec or nodev\n(default ${FirecrackerJailOptions.BaseVariable}, else {FirecrackerJailOptions.DefaultBaseDirectory})");

    public Flag<string?> ControlGroupParent { get; } = Flag.Text("--cgroup-parent", "GROUP",
        "the control group beneath which the container gets its own\n(default $HEARTH_CGROUP_PARENT, else /hearth)");

    public Flag<string?> Kernel { get; } = Flag.Text("--kernel", "KERNEL", "a kernel of the store ('hearth kernel list'), or the path of one\n(default the newest)");

    public Flag<TimeSpan?> BootTimeout { get; } = Flag.Duration("--boot-timeout",
        $"give up when the guest takes longer to answer, to build the container's\nworld, or to start the command (each;\ndefault {ContainerDescription.DefaultBootTimeout.TotalSeconds:0}s, by emulation {ContainerDescription.DefaultEmulatedBootTimeout.TotalSeconds:0}s)");

    public Flag<bool> ReadOnly { get; } = Flag.Switch("--read-only", "leave out the writable layer; /run, /tmp and /var/tmp of the directory\nstay writable, in memory");

    public Flag<string[]> Tmpfs { get; } = Flag.List("--tmpfs", "DIR[:OPTIONS]", "mount a tmpfs: /run, /tmp:size=64m,exec");

    public VolumeFlags Volumes { get; } = new();

    public Flag<ByteSize?> Scratch { get; } = Flag.Size("--scratch", "put the writable layer on a disk of this size\n(default: in the guest's memory)");

    public Flag<RootfsMode?> RootfsMode { get; } = Flag.Choice<RootfsMode?>("--rootfs-mode",
        "how the root's disk is made: lazy reads nothing ahead, squashfs\npacks, ext4 copies; auto takes the first that can be had (default auto)",
        ("auto", null), ("lazy", Containers.RootfsMode.Lazy), ("squashfs", Containers.RootfsMode.SquashFs), ("ext4", Containers.RootfsMode.Ext4));

    public PackFlags Pack { get; } = new();

    public Flag<ImageFormat?> RootfsFormat { get; } = CommonFlags.RootfsFormat("EROFS where\nthe kernel has it");

    public TreeFlags Tree { get; } = new();

    public CacheFlags Cache { get; } = new(context, global);

    public Flag<bool> Timings { get; } = Flag.Switch("--timings", "draw the start's phases, and how much of the tree was read");

    public Flag<string?> Report { get; } = Flag.Text("--report", "FILE", "write the same as JSON");
}
