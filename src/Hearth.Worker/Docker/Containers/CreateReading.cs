using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Health;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.Images.Configuration;
using Hearth.Linux.Processes;

namespace Hearth.Worker.Docker.Containers;

/// <summary>Turns docker's description of a container into Hearth's, except for what its image decides.</summary>
internal static class CreateReading
{
    private const long NanosecondsPerTick = 100;

    /// <summary>docker's least time of a check of health, besides 0 for its default.</summary>
    private const long LeastNanoseconds = 1_000_000;

    /// <param name="request">docker's description.</param>
    /// <param name="name">The container's name; null for any.</param>
    /// <param name="environment">The daemon's.</param>
    /// <param name="findNetwork">Gives the name of the network that a client names, perhaps by its id.</param>
    /// <exception cref="FormatException">A value cannot be read.</exception>
    /// <exception cref="HearthException">A name is invalid, or a directory of the host does not exist.</exception>
    public static ContainerDescription Read(CreateRequest request, string? name, HostEnvironment environment, Func<string, string> findNetwork)
    {
        HostRequest host = request.HostConfig ?? new HostRequest();
        LimitChecks.Check(host);
        MountArgument[] named = [.. (host.Binds ?? []).Select(VolumeFlag.Parse), .. MountReading.Read(host.Mounts ?? [])];
        MountArgument[] mounts = [.. named, .. AnonymousVolumes(request, [.. named.Select(DestinationOf), .. host.Tmpfs?.Keys ?? []])];
        foreach (MountArgument mount in mounts.Where(mount => mount.HostPath is not null))
        {
            BindSource.Require(mount.HostPath!, mount.MakesSource);
        }

        ContainerDescription description = new()
        {
            Spec = new ContainerSpec
            {
                Root = new RootSpec { Path = request.Image ?? "", Readonly = host.ReadonlyRootfs },
                Hostname = string.IsNullOrEmpty(request.Hostname) ? null : request.Hostname,
                Domainname = string.IsNullOrEmpty(request.Domainname) ? null : request.Domainname,
                Annotations = host.Annotations ?? new Dictionary<string, string>(),
                Process = ReadProcess(request, host),
                Mounts = [.. mounts.Select(mount => mount.Tmpfs).OfType<MountSpec>(), .. Temporaries(host)],
                Linux = new LinuxSpec { Resources = LimitReading.Read(host, isUpdate: false), Sysctl = host.Sysctls ?? new Dictionary<string, string>() },
            },
            Volumes = [.. mounts.Select(mount => mount.Volume).OfType<VolumeMount>()],
            Rootfs = new RootfsOptions { Binds = [.. mounts.Select(mount => mount.Bind).OfType<RootfsBind>()] },
            Network = NetworkReading.Read(request, host, NetworkChoice.OfEnvironment(environment.Find), findNetwork),
            MachineUsers = UserRange.Resolve(null, environment.Find),
            JailBase = environment.Find(ContainerDescription.JailBaseVariable),
            InitPath = environment.Find(ContainerDescription.InitVariable),
            ControlGroupParent = string.IsNullOrEmpty(host.CgroupParent) ? null : host.CgroupParent,
            Interactive = request.OpenStdin,
            InputEndsWithClient = request.StdinOnce,
            AutoRemove = host.AutoRemove,
            Restart = ReadRestart(host.RestartPolicy, host.AutoRemove),
            IsPrivileged = host.Privileged,
            HasReaper = host.Init ?? false,
            Labels = request.Labels ?? new Dictionary<string, string>(),
            StopSignal = string.IsNullOrEmpty(request.StopSignal) ? SignalNumber.Terminate : SignalNames.Parse(request.StopSignal),
            StopTimeoutSeconds = request.StopTimeout ?? ContainerDescription.DefaultStopTimeoutSeconds,
            Health = request.Healthcheck is { } health ? ReadHealth(health) : null,
            Log = ReadLog(host.LogConfig),
        };
        return name is null ? description : description.WithName(name.TrimStart('/'));
    }

    /// <summary>What replaces the image's values.</summary>
    public static ProcessChoices ReadChoices(CreateRequest request) => new()
    {
        Entrypoint = request.Entrypoint is { Count: > 0 } words ? words is [""] ? [] : words : null,
        Command = request.Cmd ?? [],
        WorkingDirectory = string.IsNullOrEmpty(request.WorkingDir) ? null : request.WorkingDir,
        User = string.IsNullOrEmpty(request.User) ? null : request.User,
        Environment = request.Env ?? [],
        HasStopSignal = !string.IsNullOrEmpty(request.StopSignal),
        HasStopTimeout = request.StopTimeout is not null,
    };

    /// <summary>Another restart policy; null for none to change.</summary>
    /// <exception cref="FormatException">There is no such policy.</exception>
    public static RestartChange? ReadChange(RestartRequest? policy) => string.IsNullOrEmpty(policy?.Name) ? null : new RestartChange(ReadRestart(policy, autoRemove: false));

    private static ProcessSpec ReadProcess(CreateRequest request, HostRequest host) => new()
    {
        Terminal = request.Tty,
        Capabilities = CapabilityChoice.Read(host.CapAdd ?? [], host.CapDrop ?? [], host.Privileged),
        NoNewPrivileges = SecurityOption.ReadNoNewPrivileges(host.SecurityOpt ?? []),
        OomScoreAdj = host.OomScoreAdj == 0 ? null : ResourceChecks.CheckScore(host.OomScoreAdj),
        ConsoleSize = request.Tty ? TerminalSize.Read(host.ConsoleSize) : null,
        User = new UserSpec { AdditionalGroups = host.GroupAdd ?? [] },
        Rlimits = [.. (host.Ulimits ?? []).Select(limit => UlimitFlag.Parse(string.Create(CultureInfo.InvariantCulture, $"{limit.Name}={limit.Soft}:{limit.Hard}")))],
    };

    private static string DestinationOf(MountArgument mount) => mount.Tmpfs?.Destination ?? mount.Volume?.Destination ?? mount.Bind!.Destination;

    /// <summary>Clients such as docker-compose list all destinations of volumes, also those that have a named one.</summary>
    private static IEnumerable<MountArgument> AnonymousVolumes(CreateRequest request, IReadOnlyList<string> taken) =>
        (request.Volumes?.Keys ?? []).Where(path => !taken.Contains(path)).Select(path => MountArgument.OfVolume("", MountArgument.ReadDestination(path, path), isReadOnly: false, noCopy: false));

    private static IEnumerable<MountSpec> Temporaries(HostRequest host)
    {
        MountSpec[] given = [.. (host.Tmpfs ?? new Dictionary<string, string>()).Select(mount => TmpfsFlag.Parse(mount.Value.Length > 0 ? $"{mount.Key}:{mount.Value}" : mount.Key))];
        IEnumerable<MountSpec> memory = host.ShmSize is > 0 and long size ? [MountSpec.SharedMemory(size)] : [];
        return host.ReadonlyRootfs ? [.. MountSpec.WritableUnderReadOnlyRoot.Where(mount => !given.Any(other => other.Destination == mount.Destination)), .. given, .. memory] : [.. given, .. memory];
    }

    private static RestartPolicy? ReadRestart(RestartRequest? policy, bool autoRemove)
    {
        RestartPolicy? read = policy?.Name switch
        {
            null or "" or "no" => null,
            "always" => new RestartPolicy(RestartCondition.Always),
            "unless-stopped" => new RestartPolicy(RestartCondition.UnlessStopped),
            "on-failure" when policy.MaximumRetryCount >= 0 => new RestartPolicy(RestartCondition.OnFailure, policy.MaximumRetryCount),
            _ => throw new FormatException($"invalid restart policy '{policy.Name}:{policy.MaximumRetryCount}': there are no, always, unless-stopped and on-failure with a number of retries"),
        };
        return read is null ? null
            : autoRemove ? throw new FormatException($"cannot have the restart policy '{policy!.Name}' with AutoRemove: a container that is removed is not started again")
            : read.Condition != RestartCondition.OnFailure && policy!.MaximumRetryCount != 0 ? throw new FormatException($"invalid restart policy '{policy.Name}:{policy.MaximumRetryCount}': only on-failure has a number of retries")
            : read;
    }

    private static HealthCheck ReadHealth(HealthRequest request) => new()
    {
        Test = request.Test ?? [],
        Interval = Time(nameof(request.Interval), request.Interval),
        Timeout = Time(nameof(request.Timeout), request.Timeout),
        StartPeriod = Time(nameof(request.StartPeriod), request.StartPeriod),
        StartInterval = Time(nameof(request.StartInterval), request.StartInterval),
        Retries = request.Retries >= 0 ? request.Retries : throw new FormatException("Retries in Healthcheck cannot be negative"),
    };

    private static TimeSpan Time(string name, long nanoseconds) =>
        nanoseconds is 0 or >= LeastNanoseconds ? new TimeSpan(nanoseconds / NanosecondsPerTick) : throw new FormatException($"{name} in Healthcheck cannot be less than 1ms");

    private static LogOptions ReadLog(LogRequest? log) => log?.Type is null or "" or "json-file" or "local"
        ? LogOptions.Parse((log?.Config ?? new Dictionary<string, string>()).Select(option => $"{option.Key}={option.Value}"))
        : throw new FormatException($"cannot log by the driver '{log.Type}': there is json-file");
}
