using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Rendering;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's <c>HostConfig</c> of a container: what Hearth honours. A client can create the same container again from it.</summary>
internal sealed record HostDetails
{
    private const string SharedMemory = "/dev/shm";
    private const string SizeOption = "size=";

    /// <summary>docker's, if a client gives none.</summary>
    private const long DefaultShmSize = 64 << 20;

    public required string NetworkMode { get; init; }

    public required IReadOnlyDictionary<string, IReadOnlyList<HostPort>> PortBindings { get; init; }

    public required bool PublishAllPorts { get; init; }

    public required RestartDetails RestartPolicy { get; init; }

    public required bool AutoRemove { get; init; }

    public required IReadOnlyList<string> Binds { get; init; }

    /// <summary>Mounts with settings that <see cref="Binds"/> cannot have; null if there are none.</summary>
    public required IReadOnlyList<MountDetails>? Mounts { get; init; }

    public required IReadOnlyDictionary<string, string>? Tmpfs { get; init; }

    public required long ShmSize { get; init; }

    public required IReadOnlyDictionary<string, string>? Sysctls { get; init; }

    public required IReadOnlyList<UlimitDetails>? Ulimits { get; init; }

    public required string CgroupParent { get; init; }

    /// <summary>Height and width.</summary>
    public required IReadOnlyList<int> ConsoleSize { get; init; }

    public required bool ReadonlyRootfs { get; init; }

    public required IReadOnlyList<string> Dns { get; init; }

    public required IReadOnlyList<string> DnsSearch { get; init; }

    public required IReadOnlyList<string> ExtraHosts { get; init; }

    public required IReadOnlyList<string> GroupAdd { get; init; }

    public required LogDetails LogConfig { get; init; }

    public required long Memory { get; init; }

    public required long MemoryReservation { get; init; }

    /// <summary>Processor time of the usual period is shown here, and then not by <see cref="CpuQuota"/>: clients give one of both.</summary>
    public required long NanoCpus { get; init; }

    public required long CpuPeriod { get; init; }

    public required long CpuQuota { get; init; }

    public required long CpuShares { get; init; }

    public required string CpusetCpus { get; init; }

    public required string CpusetMems { get; init; }

    public required long? PidsLimit { get; init; }

    public required bool Init { get; init; }

    public string Runtime { get; init; } = "hearth";

    public string IpcMode { get; init; } = "private";

    public bool Privileged { get; init; }

    public static HostDetails Of(ContainerDescription description)
    {
        ContainerSpec spec = description.Spec;
        ResourcesSpec? resources = spec.Linux?.Resources;
        long nanoseconds = NanoCpusOf(resources?.Cpu);
        return new HostDetails
        {
            NetworkMode = ModeOf(description.Network),
            PortBindings = description.Network.Ports.GroupBy(port => $"{port.ContainerPort}/{port.Protocol}").ToDictionary(group => group.Key, group => (IReadOnlyList<HostPort>)
                [.. group.Select(port => new HostPort(port.HostAddress ?? "", port.FormatHostPort()))]),
            PublishAllPorts = description.Network.PublishesExposedPorts,
            AutoRemove = description.AutoRemove,
            RestartPolicy = RestartDetails.Of(description.Restart),
            Binds = MountDetails.BindsOf(description),
            Mounts = MountDetails.AllOf(description) is { Count: > 0 } mounts ? mounts : null,
            Tmpfs = TmpfsOf(spec) is { Count: > 0 } temporaries ? temporaries : null,
            ShmSize = spec.Mounts.LastOrDefault(mount => mount.Destination == SharedMemory) is { } shared ? SizeOf(shared) : DefaultShmSize,
            Sysctls = spec.Linux?.Sysctl is { Count: > 0 } sysctls ? sysctls : null,
            Ulimits = spec.Process!.Rlimits is { Count: > 0 } limits ? [.. limits.Select(UlimitDetails.Of)] : null,
            CgroupParent = description.ControlGroupParent ?? "",
            ConsoleSize = spec.Process.ConsoleSize is { } size ? [size.Height, size.Width] : [0, 0],
            ReadonlyRootfs = spec.Root!.Readonly,
            Dns = description.Network.NameServers,
            DnsSearch = description.Network.SearchDomains,
            ExtraHosts = [.. description.Network.Hosts.Select(host => $"{host.Name}:{host.Address}")],
            GroupAdd = spec.Process.User.AdditionalGroups,
            LogConfig = LogDetails.Of(description.Log),
            Memory = resources?.Memory?.Limit ?? 0,
            MemoryReservation = resources?.Memory?.Reservation ?? 0,
            NanoCpus = nanoseconds,
            CpuPeriod = nanoseconds > 0 ? 0 : (long)(resources?.Cpu?.Period ?? 0),
            CpuQuota = nanoseconds > 0 ? 0 : resources?.Cpu?.Quota ?? 0,
            CpuShares = (long)(resources?.Cpu?.Shares ?? 0),
            CpusetCpus = resources?.Cpu?.Cpus ?? "",
            CpusetMems = resources?.Cpu?.Mems ?? "",
            PidsLimit = resources?.Pids?.Limit,
            Init = description.HasReaper,
        };
    }

    private static long NanoCpusOf(CpuSpec? cpu) => cpu is { Period: CpuSpec.DefaultPeriod, Quota: > 0 and var quota } ? quota * (CreateReading.NanosPerCpu / (long)CpuSpec.DefaultPeriod) : 0;

    /// <summary>docker's form, without those that a read-only root has by itself.</summary>
    private static Dictionary<string, string> TmpfsOf(ContainerSpec spec) => spec.Mounts
        .Where(mount => mount.Type == "tmpfs" && mount.Destination != SharedMemory && !(spec.Root!.Readonly && MountSpec.WritableUnderReadOnlyRoot.Any(usual => usual.Destination == mount.Destination && usual.Options.SequenceEqual(mount.Options))))
        .DistinctBy(mount => mount.Destination)
        .ToDictionary(mount => mount.Destination, mount => string.Join(',', mount.Options));

    private static long SizeOf(MountSpec mount) =>
        mount.Options.FirstOrDefault(option => option.StartsWith(SizeOption, StringComparison.Ordinal)) is { } option && long.TryParse(option.AsSpan(SizeOption.Length), CultureInfo.InvariantCulture, out long size) ? size : DefaultShmSize;

    public static string ModeOf(NetworkOptions network) => network.Mode == Hearth.Containers.NetworkMode.None ? "none" : network.Networks is [var first, ..] ? first.Network : "default";
}

internal sealed record RestartDetails(string Name, int MaximumRetryCount)
{
    public static RestartDetails Of(RestartPolicy? policy) => policy?.Condition switch
    {
        null => new RestartDetails("no", 0),
        RestartCondition.Always => new RestartDetails("always", 0),
        RestartCondition.UnlessStopped => new RestartDetails("unless-stopped", 0),
        _ => new RestartDetails("on-failure", policy.MaximumRetries),
    };
}

internal sealed record LogDetails(string Type, IReadOnlyDictionary<string, string> Config)
{
    public static LogDetails Of(LogOptions log)
    {
        Dictionary<string, string> options = new()
        {
            [LogOptions.MaxSizeOption] = log.MaxSize.Bytes.ToString(CultureInfo.InvariantCulture),
            [LogOptions.MaxFilesOption] = log.MaxFiles.ToString(CultureInfo.InvariantCulture),
        };
        if (log.MaxRate is { } rate)
        {
            options[LogOptions.MaxRateOption] = rate.Bytes.ToString(CultureInfo.InvariantCulture);
        }

        return new LogDetails("json-file", options);
    }
}

internal sealed record UlimitDetails(string Name, long Soft, long Hard)
{
    private const string Prefix = "RLIMIT_";

    /// <summary>docker's -1 is no limit.</summary>
    public static UlimitDetails Of(RlimitSpec limit) => new(limit.Type[Prefix.Length..].ToLowerInvariant(), NumberOf(limit.Soft), NumberOf(limit.Hard));

    private static long NumberOf(ulong limit) => limit > long.MaxValue ? -1 : (long)limit;
}
