using System.Globalization;
using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Containers.Health;
using Hearth.Containers.Specification;
using Hearth.Linux.Processes;
using Hearth.Records.Recovery;
using Hearth.Rendering;
using Hearth.Worker.Docker.Restarts;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's <c>GET /containers/{id}/json</c>.</summary>
internal sealed record ContainerDetails
{
    public required string Id { get; init; }

    public required string Created { get; init; }

    public required string Path { get; init; }

    public required IReadOnlyList<string> Args { get; init; }

    public required StateView State { get; init; }

    /// <summary>The image's id.</summary>
    public required string Image { get; init; }

    public string ResolvConfPath { get; init; } = "";

    public string HostnamePath { get; init; } = "";

    public string HostsPath { get; init; } = "";

    public required string LogPath { get; init; }

    public required string Name { get; init; }

    public required int RestartCount { get; init; }

    public string Driver { get; init; } = "hearth";

    public string Platform { get; init; } = "linux";

    public string MountLabel { get; init; } = "";

    public string ProcessLabel { get; init; } = "";

    public string AppArmorProfile { get; init; } = "";

    public required HostDetails HostConfig { get; init; }

    public required IReadOnlyList<MountView> Mounts { get; init; }

    /// <summary>Null unless it was asked for.</summary>
    public long? SizeRw { get; init; }

    public long? SizeRootFs { get; init; }

    public required ConfigDetails Config { get; init; }

    public required NetworkDetailsOfContainer NetworkSettings { get; init; }

    public static ContainerDetails Of(Container container, RunResources? resources, Func<string, string> idOfNetwork, ContainerSizes? sizes, RestartState restarts)
    {
        ContainerDescription description = container.Description;
        IReadOnlyList<string> command = description.Spec.Process!.Args;
        return new ContainerDetails
        {
            Id = container.Id,
            Created = ContainerView.Time(description.Created),
            Path = command[0],
            Args = [.. command.Skip(1)],
            State = restarts.IsWaiting ? StateView.Of(container.State) with { Status = RestartState.Word, Restarting = true, Running = true } : StateView.Of(container.State),
            Image = description.Image?.Id ?? "",
            LogPath = container.RecordDirectory,
            Name = $"/{container.Name}",
            RestartCount = restarts.Count,
            HostConfig = HostDetails.Of(description),
            Mounts = MountView.AllOf(description),
            SizeRw = sizes?.Own,
            SizeRootFs = sizes?.Whole,
            Config = ConfigDetails.Of(description),
            NetworkSettings = NetworkDetailsOfContainer.Of(resources, description, idOfNetwork),
        };
    }
}

/// <summary>docker's <c>Config</c> of a container.</summary>
internal sealed record ConfigDetails
{
    public required string Hostname { get; init; }

    public string Domainname { get; init; } = "";

    public required string User { get; init; }

    public required bool AttachStdin { get; init; }

    public bool AttachStdout { get; init; } = true;

    public bool AttachStderr { get; init; } = true;

    public required IReadOnlyDictionary<string, EmptyAnswer> ExposedPorts { get; init; }

    public required bool Tty { get; init; }

    public required bool OpenStdin { get; init; }

    public required bool StdinOnce { get; init; }

    public required IReadOnlyList<string> Env { get; init; }

    /// <summary>All words of the command: Hearth joins the entrypoint and the command when a container is created.</summary>
    public required IReadOnlyList<string> Cmd { get; init; }

    public HealthAnswer? Healthcheck { get; init; }

    /// <summary>The image's name, or the directory.</summary>
    public required string Image { get; init; }

    public required IReadOnlyDictionary<string, EmptyAnswer> Volumes { get; init; }

    public required string WorkingDir { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyList<string>? OnBuild { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required string StopSignal { get; init; }

    public required int StopTimeout { get; init; }

    public static ConfigDetails Of(ContainerDescription description)
    {
        ConfigView view = ConfigView.Of(description);
        return new ConfigDetails
        {
            Hostname = view.Hostname,
            User = view.User,
            AttachStdin = description.Interactive,
            ExposedPorts = description.Network.ExposedPorts.ToDictionary(port => port, _ => new EmptyAnswer()),
            Tty = view.Tty,
            OpenStdin = view.OpenStdin,
            StdinOnce = view.StdinOnce,
            Env = view.Env,
            Cmd = view.Cmd,
            Healthcheck = HealthAnswer.Of(description.Health),
            Image = description.Spec.Root!.Path,
            Volumes = description.Volumes.Where(volume => volume.IsAnonymous).ToDictionary(volume => volume.Destination, _ => new EmptyAnswer()),
            WorkingDir = view.WorkingDir,
            Labels = view.Labels,
            StopSignal = SignalNames.NameOf(description.StopSignal),
            StopTimeout = view.StopTimeout,
        };
    }
}

internal sealed record EmptyAnswer;

/// <summary>Times in nanoseconds.</summary>
internal sealed record HealthAnswer(IReadOnlyList<string> Test, long Interval, long Timeout, long StartPeriod, long StartInterval, int Retries)
{
    private const long NanosecondsPerTick = 100;

    public static HealthAnswer? Of(HealthCheck? check) => check is null ? null : new HealthAnswer(
        check.Test, check.Interval.Ticks * NanosecondsPerTick, check.Timeout.Ticks * NanosecondsPerTick, check.StartPeriod.Ticks * NanosecondsPerTick,
        check.StartInterval.Ticks * NanosecondsPerTick, check.Retries);
}

/// <summary>docker's <c>HostConfig</c> of a container: what Hearth honours.</summary>
internal sealed record HostDetails
{
    public required string NetworkMode { get; init; }

    public required IReadOnlyDictionary<string, IReadOnlyList<HostPort>> PortBindings { get; init; }

    public required bool PublishAllPorts { get; init; }

    public required RestartDetails RestartPolicy { get; init; }

    public required bool AutoRemove { get; init; }

    public required IReadOnlyList<string> Binds { get; init; }

    public required bool ReadonlyRootfs { get; init; }

    public required IReadOnlyList<string> Dns { get; init; }

    public required IReadOnlyList<string> DnsSearch { get; init; }

    public required IReadOnlyList<string> ExtraHosts { get; init; }

    public required IReadOnlyList<string> GroupAdd { get; init; }

    public required LogDetails LogConfig { get; init; }

    public required long Memory { get; init; }

    public required long NanoCpus { get; init; }

    public required long CpuPeriod { get; init; }

    public required long CpuQuota { get; init; }

    public required long CpuShares { get; init; }

    public required long? PidsLimit { get; init; }

    public required bool Init { get; init; }

    public string Runtime { get; init; } = "hearth";

    public string IpcMode { get; init; } = "private";

    public bool Privileged { get; init; }

    public static HostDetails Of(ContainerDescription description)
    {
        ResourcesSpec? resources = description.Spec.Linux?.Resources;
        return new HostDetails
        {
            NetworkMode = ModeOf(description.Network),
            PortBindings = description.Network.Ports.GroupBy(port => $"{port.ContainerPort}/{port.Protocol}").ToDictionary(group => group.Key, group => (IReadOnlyList<HostPort>)
                [.. group.Select(port => new HostPort(port.HostAddress ?? "", port.FormatHostPort()))]),
            PublishAllPorts = description.Network.PublishesExposedPorts,
            AutoRemove = description.AutoRemove,
            RestartPolicy = RestartDetails.Of(description.Restart),
            Binds = [.. description.Volumes.Where(volume => !volume.IsAnonymous).Select(volume => $"{volume.Source}:{volume.Destination}{(volume.ReadOnly ? ":ro" : "")}"),
                .. description.Rootfs.Binds.Select(bind => $"{bind.Source}:{bind.Destination}:ro")],
            ReadonlyRootfs = description.Spec.Root!.Readonly,
            Dns = description.Network.NameServers,
            DnsSearch = description.Network.SearchDomains,
            ExtraHosts = [.. description.Network.Hosts.Select(host => $"{host.Name}:{host.Address}")],
            GroupAdd = description.Spec.Process!.User.AdditionalGroups,
            LogConfig = new LogDetails("json-file", new Dictionary<string, string>
            {
                [LogOptions.MaxSizeOption] = description.Log.MaxSize.Bytes.ToString(CultureInfo.InvariantCulture),
                [LogOptions.MaxFilesOption] = description.Log.MaxFiles.ToString(CultureInfo.InvariantCulture),
            }),
            Memory = resources?.Memory?.Limit ?? 0,
            NanoCpus = 0,
            CpuPeriod = (long)(resources?.Cpu?.Period ?? 0),
            CpuQuota = resources?.Cpu?.Quota ?? 0,
            CpuShares = (long)(resources?.Cpu?.Shares ?? 0),
            PidsLimit = resources?.Pids?.Limit,
            Init = description.HasReaper,
        };
    }

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

internal sealed record LogDetails(string Type, IReadOnlyDictionary<string, string> Config);

/// <summary>docker's <c>NetworkSettings</c>.</summary>
internal sealed record NetworkDetailsOfContainer
{
    public string SandboxID { get; init; } = "";

    public required IReadOnlyDictionary<string, IReadOnlyList<HostPort>?> Ports { get; init; }

    public required IReadOnlyDictionary<string, EndpointDetails> Networks { get; init; }

    [JsonPropertyName("IPAddress")]
    public required string Address { get; init; }

    public required string Gateway { get; init; }

    public required string MacAddress { get; init; }

    public static NetworkDetailsOfContainer Of(RunResources? resources, ContainerDescription description, Func<string, string> idOf)
    {
        NetworkSettingsView view = NetworkSettingsView.Of(resources, description.Network, null);
        Dictionary<string, EndpointDetails> networks = description.Network.EffectiveNetworks.ToDictionary(place => place.Network, place => EndpointDetails.Of(
            view.Networks.GetValueOrDefault(place.Network), idOf(place.Network), [.. place.Aliases, description.Id[..12]]));
        NetworkView? first = view.Networks.Values.FirstOrDefault();
        return new NetworkDetailsOfContainer { Ports = view.Ports, Networks = networks, Address = first?.Ipv4 ?? "", Gateway = first?.Gateway ?? "", MacAddress = first?.MacAddress ?? "" };
    }
}

/// <summary>docker's <c>EndpointSettings</c>.</summary>
internal sealed record EndpointDetails
{
    public required string NetworkID { get; init; }

    public string EndpointID { get; init; } = "";

    public required string Gateway { get; init; }

    public required string IPAddress { get; init; }

    public required int IPPrefixLen { get; init; }

    public required string IPv6Gateway { get; init; }

    public required string GlobalIPv6Address { get; init; }

    public required int GlobalIPv6PrefixLen { get; init; }

    public required string MacAddress { get; init; }

    public required IReadOnlyList<string> Aliases { get; init; }

    public static EndpointDetails Of(NetworkView? view, string network, IReadOnlyList<string> aliases) => new()
    {
        NetworkID = network,
        Gateway = view?.Gateway ?? "",
        IPAddress = view?.Ipv4 ?? "",
        IPPrefixLen = view?.Ipv4PrefixLength ?? 0,
        IPv6Gateway = view?.Ipv6Gateway ?? "",
        GlobalIPv6Address = view?.Ipv6 ?? "",
        GlobalIPv6PrefixLen = view?.Ipv6PrefixLength ?? 0,
        MacAddress = view?.MacAddress ?? "",
        Aliases = aliases,
    };
}
