using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Containers.Health;
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

    /// <summary>Processes that clients have added and that run; null if there are none, as docker's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public IReadOnlyList<string>? ExecIDs { get; init; }

    public required HostDetails HostConfig { get; init; }

    public required IReadOnlyList<MountView> Mounts { get; init; }

    /// <summary>Null unless it was asked for.</summary>
    public long? SizeRw { get; init; }

    public long? SizeRootFs { get; init; }

    public required ConfigDetails Config { get; init; }

    public required NetworkDetailsOfContainer NetworkSettings { get; init; }

    /// <summary>The same as API versions before 1.45 have it.</summary>
    public ContainerDetails WithShortIdAsAlias() => this with
    {
        NetworkSettings = NetworkSettings with
        {
            Networks = NetworkSettings.Networks.ToDictionary(network => network.Key, network => network.Value with { Aliases = [.. network.Value.Aliases, Id[..12]] }),
        },
    };

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
            ExposedPorts = description.Network.ExposedPorts.Distinct().ToDictionary(port => port, _ => new EmptyAnswer()),
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
        Dictionary<string, EndpointDetails> networks = description.Network.EffectiveNetworks.DistinctBy(place => place.Network).ToDictionary(place => place.Network, place => EndpointDetails.Of(
            view.Networks.GetValueOrDefault(place.Network), place, idOf(place.Network), description));
        NetworkView? first = view.Networks.Values.FirstOrDefault();
        return new NetworkDetailsOfContainer { Ports = view.Ports, Networks = networks, Address = first?.Ipv4 ?? "", Gateway = first?.Gateway ?? "", MacAddress = first?.MacAddress ?? "" };
    }
}

/// <summary>docker's <c>EndpointSettings</c>.</summary>
internal sealed record EndpointDetails
{
    /// <summary>The address that was asked for; null if the network chose one.</summary>
    [JsonPropertyName("IPAMConfig")]
    public required EndpointAddress? Wanted { get; init; }

    public required string NetworkID { get; init; }

    public string EndpointID { get; init; } = "";

    public required string Gateway { get; init; }

    public required string IPAddress { get; init; }

    public required int IPPrefixLen { get; init; }

    public required string IPv6Gateway { get; init; }

    public required string GlobalIPv6Address { get; init; }

    public required int GlobalIPv6PrefixLen { get; init; }

    public required string MacAddress { get; init; }

    /// <summary>As the client gave them. Before version 1.45, docker's have the short id too, for which docker-compose 1 looks.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>All names by which containers of the network find this one.</summary>
    [JsonPropertyName("DNSNames")]
    public required IReadOnlyList<string> Names { get; init; }

    public static EndpointDetails Of(NetworkView? view, NetworkPlacement place, string network, ContainerDescription description) => new()
    {
        Wanted = place.Address is { } address ? new EndpointAddress(address) : null,
        NetworkID = network,
        Gateway = view?.Gateway ?? "",
        IPAddress = view?.Ipv4 ?? "",
        IPPrefixLen = view?.Ipv4PrefixLength ?? 0,
        IPv6Gateway = view?.Ipv6Gateway ?? "",
        GlobalIPv6Address = view?.Ipv6 ?? "",
        GlobalIPv6PrefixLen = view?.Ipv6PrefixLength ?? 0,
        MacAddress = view?.MacAddress ?? place.HardwareAddress ?? "",
        Aliases = place.Aliases,
        Names = [.. ((string[])[description.Name, .. place.Aliases, description.Id[..12]]).Distinct()],
    };
}

internal sealed record EndpointAddress(string IPv4Address);
