using System.Globalization;
using Hearth.Containers;
using Hearth.ControlGroups;
using Hearth.DiskImages.Packed;
using Hearth.Keeper.Machines;
using Hearth.Linux.Processes;
using Hearth.Machines.Kernel;
using Hearth.Network;
using Hearth.Records.Disks;
using Hearth.Rootfs;

namespace Hearth.Keeper.Diagnosis;

/// <summary>Checks whether a host meets the needs of running containers. It changes nothing and starts no machine.</summary>
/// <param name="directories">Where Hearth stores its data.</param>
/// <param name="environment">The environment variables of this program: some name programs.</param>
public sealed class HostInspection(HearthDirectories directories, HostEnvironment environment)
{
    private const string FuseDevice = "/dev/fuse";

    /// <summary>Scratch disks, state and imported kernels need more than this.</summary>
    private static readonly ByteSize LittleSpace = ByteSize.FromMebibytes(512);

    /// <summary>Less than this can be too few for the files that a guest reads from and the descriptors that a run holds open.</summary>
    private const long FewDescriptors = 2048;

    public IReadOnlyList<HostNeed> Inspect() =>
        [Root(), Rights(), Fuse(), .. MachineInspection.Inspect(environment), Kernel(), Init(), Formatter(), Packer(), Network(), .. JoinedInspection.Inspect(environment), Space(), Cgroups(), Descriptors()];

    private static HostNeed Root() => Environment.IsPrivilegedProcess
        ? new HostNeed("root", NeedState.Met, "this process is root")
        : new HostNeed("root", NeedState.Unmet, $"this process is the user {Environment.UserName}", "run hearth with sudo");

    private static HostNeed Rights()
    {
        const string Name = "capabilities";
        string? forMachines = HostRights.FindMissing(HostRights.ForMachines), others = HostRights.FindMissing([.. HostRights.ForFeatures.Select(feature => feature.Name)]);
        return forMachines is not null ? new HostNeed(Name, NeedState.Unmet, $"this process lacks {forMachines}", HostRights.Advice(forMachines))
            : others is not null ? new HostNeed(Name, NeedState.Limited, $"this process lacks {others}, for {HostRights.PurposesOf(others)}", HostRights.Advice(others))
            : new HostNeed(Name, NeedState.Met, "all that containers need");
    }

    private static HostNeed Fuse()
    {
        const string Name = "FUSE";
        if (!File.Exists(FuseDevice))
        {
            return new HostNeed(Name, NeedState.Unmet, $"{FuseDevice} is missing", "run 'modprobe fuse'; in a container, pass the device: docker run --device /dev/fuse --cap-add SYS_ADMIN");
        }

        try
        {
            using FileStream device = new(FuseDevice, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return new HostNeed(Name, NeedState.Met, $"{FuseDevice} opens");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new HostNeed(Name, NeedState.Unmet, $"{FuseDevice} does not open: {exception.Message}", "run hearth as root, with access to the device");
        }
    }

    private HostNeed Kernel()
    {
        const string Name = "guest kernel";
        try
        {
            KernelEntry kernel = new KernelSearch(directories).Resolve(null);
            string mounts = kernel.FileSystems is null ? "its file systems are unknown" : $"mounts {string.Join(", ", kernel.FileSystems)}";
            bool? fits = kernel.Mounts("overlay") == false ? false : kernel.Mounts(RootfsPlanning.FileSystemOf(DiskImages.ImageFormat.Erofs)) | kernel.Mounts(RootfsPlanning.FileSystemOf(DiskImages.ImageFormat.SquashFs));
            return fits == false
                ? new HostNeed(Name, NeedState.Unmet, $"{kernel.Name} {mounts}", "import a kernel with overlay and either erofs or squashfs: 'hearth kernel import'")
                : new HostNeed(Name, NeedState.Met, $"{kernel.Name} {mounts}");
        }
        catch (HearthException exception)
        {
            return new HostNeed(Name, NeedState.Unmet, exception.Message, "import one with 'hearth kernel import'; in a checkout, run './dev setup'");
        }
    }

    private HostNeed Init()
    {
        const string Name = "guest init";
        try
        {
            return new HostNeed(Name, NeedState.Met, GuestInit.Find(environment.Find(ContainerDescription.InitVariable)));
        }
        catch (HearthException exception)
        {
            return new HostNeed(Name, NeedState.Unmet, exception.Message, "in a checkout, run './dev build'");
        }
    }

    private static HostNeed Formatter() => ScratchDisk.FindFormatter() is { } program
        ? new HostNeed("scratch disks", NeedState.Met, program)
        : new HostNeed("scratch disks", NeedState.Limited, "mkfs.ext4 is missing: --scratch will not work", "install the package e2fsprogs");

    private HostNeed Packer() => SquashFsPacker.IsAvailable(environment)
        ? new HostNeed("packed roots", NeedState.Met, "mksquashfs is installed")
        : new HostNeed("packed roots", NeedState.Limited, "mksquashfs is missing: --rootfs-mode squashfs will not work", "install the package squashfs-tools");

    private static HostNeed Network()
    {
        const string Name = "network";
        return HostTrial.FindMissing() is { } missing
            ? new HostNeed(Name, NeedState.Limited, $"--network nat will not work: {missing}", "do what it says, or run containers with --network none")
            : HostTrial.FindDoubt() is { } doubt ? new HostNeed(Name, NeedState.Limited, doubt, "load the kernel module nf_conntrack_netlink, or use a kernel that has it")
            : new HostNeed(Name, NeedState.Met, "a bridge, a tap, forwarding and all rules of nftables were set up in a namespace of their own");
    }

    private HostNeed Space()
    {
        string directory = directories.State;
        while (!Directory.Exists(directory))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        var free = new ByteSize(new DriveInfo(directory).AvailableFreeSpace);
        string finding = $"{free} free for {directories.State}";
        return free.Bytes >= LittleSpace.Bytes
            ? new HostNeed("disk", NeedState.Met, finding)
            : new HostNeed("disk", NeedState.Limited, finding, "free space for scratch disks, or name another directory with --state-dir");
    }

    private static HostNeed Cgroups()
    {
        const string Name = "cgroups";
        const string Unified = "/sys/fs/cgroup/cgroup.controllers";
        string? layout = File.Exists(Unified) ? $"v2: {File.ReadAllText(Unified).Trim()}"
            : Directory.Exists("/sys/fs/cgroup/unified") ? "hybrid: v1 hierarchies beside an empty v2"
            : Directory.Exists("/sys/fs/cgroup/memory") ? "v1"
            : null;
        return layout is null ? new HostNeed(Name, NeedState.Limited, "none at /sys/fs/cgroup: a machine's limits are its own memory and processors", "mount cgroup2 at /sys/fs/cgroup")
            : HostControlGroups.Detect(TimeProvider.System).Problems is [{ } problem, ..] ? new HostNeed(Name, NeedState.Limited, $"{layout}; {problem}", "do what it says; without it, a machine's limits are its own memory and processors")
            : new HostNeed(Name, NeedState.Met, layout);
    }

    private static HostNeed Descriptors()
    {
        const string Name = "descriptors";
        string line = File.ReadLines("/proc/self/limits").First(limit => limit.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        bool few = long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit < FewDescriptors;
        return few
            ? new HostNeed(Name, NeedState.Limited, $"{soft} at most", $"raise it: ulimit -n {FewDescriptors}")
            : new HostNeed(Name, NeedState.Met, $"{soft} at most");
    }
}
