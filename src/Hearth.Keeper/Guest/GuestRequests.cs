using System.Globalization;
using System.Security.Cryptography;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <summary>Writes a container's description as requests to the guest's init.</summary>
internal static class GuestRequests
{
    /// <summary>More than the kernel's pool takes in one call.</summary>
    private const int EntropyInBytes = 64;

    /// <summary>A placeholder for the root: the part of the run that prepares the root replaces it.</summary>
    public static RootConfiguration NoRoot { get; } = new() { LowerDrive = "", LowerFileSystem = "" };

    /// <param name="spec">The container.</param>
    /// <param name="machine">The machine's size.</param>
    /// <param name="defaultHostname">The hostname of a container whose description has none.</param>
    /// <param name="root">The drives and file systems of its root.</param>
    /// <param name="now">The current time.</param>
    /// <exception cref="HearthException">A mount has a type that is not supported.</exception>
    public static ConfigureGuest Configure(ContainerSpec spec, MachineShape machine, string defaultHostname, RootConfiguration root, DateTimeOffset now) => new()
    {
        Hostname = spec.Hostname ?? defaultHostname,
        Domainname = spec.Domainname ?? "",
        Root = root,
        WorkingDirectory = spec.Process?.Cwd ?? "/",
        KernelParameters = [.. (spec.Linux?.Sysctl ?? new Dictionary<string, string>()).Select(parameter => new KernelParameter(parameter.Key, parameter.Value))],
        Mounts = [.. spec.Mounts.Select(Mount)],
        Limits = Limits(spec.Linux?.Resources, machine),
        UnixTimeNanoseconds = UnixTimeNanoseconds(now),
        Entropy = RandomNumberGenerator.GetBytes(EntropyInBytes),
    };

    public static StartProcess Start(ProcessSpec process, string processId, WindowSize? windowSize) => new()
    {
        ProcessId = processId,
        Arguments = process.Args,
        Environment = process.Env,
        WorkingDirectory = process.Cwd,
        User = process.User.Username ?? UserOf(process.User),
        AdditionalGroups = [.. process.User.AdditionalGids.Select(gid => gid.ToString(CultureInfo.InvariantCulture)), .. process.User.AdditionalGroups],
        CreationMask = (int?)process.User.Umask,
        OutOfMemoryScore = process.OomScoreAdj,
        Terminal = process.Terminal,
        WindowSize = windowSize ?? (process.ConsoleSize is { } size ? new WindowSize(size.Width, size.Height) : null),
        Capabilities = process.Capabilities?.Effective,
        NoNewPrivileges = process.NoNewPrivileges,
        ResourceLimits = [.. process.Rlimits.Select(limit => new ResourceLimit(limit.Type, limit.Soft, limit.Hard))],
    };

    /// <summary>
    /// The limits inside the guest from its start: processes, and memory if it is less than the machine's. The host limits
    /// processor time.
    /// </summary>
    /// <param name="resources">The requested limits.</param>
    /// <param name="machine">The machine's size.</param>
    /// <exception cref="HearthException">The memory limit exceeds the machine's memory.</exception>
    public static ContainerLimits Limits(ResourcesSpec? resources, MachineShape machine) => new()
    {
        MemoryInBytes = resources?.Memory?.Limit is long memory and not 0 ? MemoryOf(memory, machine) : null,
        Pids = PidsOf(resources),
    };

    /// <summary>
    /// New limits inside a running guest; limits that are not requested stay unchanged. The host limits processor time. The
    /// guest limits it too, so that processes see the limit.
    /// </summary>
    /// <param name="resources">The requested limits; the machine is large enough for them.</param>
    public static ContainerLimits Update(ResourcesSpec resources) => new()
    {
        MemoryInBytes = resources.Memory?.Limit is long memory and not 0 ? Math.Max(memory, ContainerLimits.Unlimited) : null,
        Pids = PidsOf(resources),
        CpuQuotaUs = resources.Cpu?.Quota is not 0 and long quota ? quota : null,
        CpuPeriodUs = resources.Cpu?.Period is > 0 and ulong period ? (long)period : null,
    };

    private static long? PidsOf(ResourcesSpec? resources) => resources?.Pids?.Limit is long pids and not 0 ? Math.Max(pids, ContainerLimits.Unlimited) : null;

    private static long MemoryOf(long limit, MachineShape machine)
    {
        var size = new ByteSize(limit);
        if (limit > 0 && size.Mebibytes > machine.MemoryInMebibytes)
        {
            throw new HearthException(HearthError.InvalidRequest,
                $"cannot limit the container's memory to {size}: its machine has {ByteSize.FromMebibytes(machine.MemoryInMebibytes)}, and its size changes only at the next start");
        }

        return limit > 0 && size.Mebibytes < machine.MemoryInMebibytes ? limit : ContainerLimits.Unlimited;
    }

    public static long UnixTimeNanoseconds(DateTimeOffset now) => (now - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private static string UserOf(UserSpec user) => user is { Uid: 0, Gid: 0 } ? "" : $"{user.Uid}:{user.Gid}";

    private static GuestMount Mount(MountSpec mount) => mount.Type == "tmpfs"
        ? new GuestMount(mount.Destination, mount.Type, mount.Source ?? mount.Type, mount.Options)
        : throw new HearthException(HearthError.InvalidRequest,
            $"cannot mount '{mount.Source}' of type '{mount.Type}' on '{mount.Destination}': only tmpfs mounts are supported");
}
