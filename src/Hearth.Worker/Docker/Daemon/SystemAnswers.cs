namespace Hearth.Worker.Docker.Daemon;

internal sealed record VersionAnswer
{
    public required PlatformName Platform { get; init; }

    public required string Version { get; init; }

    public required string ApiVersion { get; init; }

    public required string MinAPIVersion { get; init; }

    public string GitCommit { get; init; } = "";

    public string GoVersion { get; init; } = "";

    public string Os { get; init; } = "linux";

    public required string Arch { get; init; }

    public required string KernelVersion { get; init; }

    public IReadOnlyList<ComponentAnswer> Components { get; init; } = [];
}

internal sealed record PlatformName(string Name);

internal sealed record ComponentAnswer(string Name, string Version, IReadOnlyDictionary<string, string> Details);

/// <summary>docker's <c>/info</c>: the members that mean something for this host.</summary>
internal sealed record InfoAnswer
{
    public required string ID { get; init; }

    public required int Containers { get; init; }

    public required int ContainersRunning { get; init; }

    public required int ContainersPaused { get; init; }

    public required int ContainersStopped { get; init; }

    public required int Images { get; init; }

    public string Driver { get; init; } = "hearth";

    public IReadOnlyList<IReadOnlyList<string>> DriverStatus { get; init; } = [];

    public PluginNames Plugins { get; init; } = new(["local"], ["bridge", "null"], [], ["json-file"]);

    public bool MemoryLimit { get; init; } = true;

    public bool SwapLimit { get; init; }

    public bool CpuCfsPeriod { get; init; } = true;

    public bool CpuCfsQuota { get; init; } = true;

    public bool CPUShares { get; init; } = true;

    public bool PidsLimit { get; init; } = true;

    public bool IPv4Forwarding { get; init; } = true;

    public bool Debug { get; init; }

    public bool OomKillDisable { get; init; }

    public string LoggingDriver { get; init; } = "json-file";

    public string CgroupDriver { get; init; } = "cgroupfs";

    public required string KernelVersion { get; init; }

    public required string OperatingSystem { get; init; }

    public string OSType { get; init; } = "linux";

    public required string Architecture { get; init; }

    public required int NCPU { get; init; }

    public required long MemTotal { get; init; }

    public string IndexServerAddress { get; init; } = "https://index.docker.io/v1/";

    public required string Name { get; init; }

    public required string ServerVersion { get; init; }

    public required string DockerRootDir { get; init; }

    public IReadOnlyDictionary<string, RuntimeName> Runtimes { get; init; } = new Dictionary<string, RuntimeName> { ["hearth"] = new("hearth") };

    public string DefaultRuntime { get; init; } = "hearth";

    public bool LiveRestoreEnabled { get; init; } = true;

    public string Isolation { get; init; } = "";

    public string InitBinary { get; init; } = "hearth-init";

    public IReadOnlyList<string> SecurityOptions { get; init; } = ["name=microvm"];

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public required DateTimeOffset SystemTime { get; init; }

    public IReadOnlyList<string> Labels { get; init; } = [];

    public SwarmState Swarm { get; init; } = new("inactive");
}

internal sealed record PluginNames(IReadOnlyList<string> Volume, IReadOnlyList<string> Network, IReadOnlyList<string> Authorization, IReadOnlyList<string> Log);

internal sealed record RuntimeName(string path);

internal sealed record SwarmState(string LocalNodeState);

internal sealed record BuildPruneAnswer(IReadOnlyList<string> CachesDeleted, long SpaceReclaimed);
