namespace Hearth.Containers.Specification;

/// <summary>The specification's <c>linux</c>.</summary>
public sealed record LinuxSpec
{
    public ResourcesSpec? Resources { get; init; }

    /// <summary>The container's control group; a path, or <c>SLICE:PREFIX:NAME</c> for engines that use systemd.</summary>
    public string? CgroupsPath { get; init; }

    /// <summary>Kinds of namespaces. A machine has some of its own in any case, and does not need the others.</summary>
    public IReadOnlyList<NamespaceSpec> Namespaces { get; init => field = value ?? []; } = [];

    /// <summary>Kernel parameters, which apply to the guest's own kernel.</summary>
    public IReadOnlyDictionary<string, string> Sysctl { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    public IReadOnlyList<DeviceSpec> Devices { get; init => field = value ?? []; } = [];

    public IReadOnlyList<IdMappingSpec> UidMappings { get; init => field = value ?? []; } = [];

    public IReadOnlyList<IdMappingSpec> GidMappings { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> MaskedPaths { get; init => field = value ?? []; } = [];

    public IReadOnlyList<string> ReadonlyPaths { get; init => field = value ?? []; } = [];

    /// <summary>A mode such as <c>rslave</c>. It has no effect, since nothing is mounted on the host that could propagate.</summary>
    public string? RootfsPropagation { get; init; }
}

/// <summary>One of the specification's <c>linux.namespaces</c>.</summary>
public sealed record NamespaceSpec
{
    /// <summary><c>pid</c>, <c>network</c>, <c>mount</c>, <c>ipc</c>, <c>uts</c>, <c>user</c>, <c>cgroup</c>, <c>time</c>.</summary>
    public required string Type { get; init; }

    /// <summary>An existing namespace to join; null for a new one.</summary>
    public string? Path { get; init; }
}

/// <summary>One of the specification's <c>linux.devices</c>.</summary>
public sealed record DeviceSpec
{
    public required string Path { get; init; }

    public string? Type { get; init; }

    public long? Major { get; init; }

    public long? Minor { get; init; }
}

/// <summary>One of the specification's <c>linux.uidMappings</c> or <c>linux.gidMappings</c>.</summary>
public sealed record IdMappingSpec
{
    [System.Text.Json.Serialization.JsonPropertyName("containerID")]
    public uint ContainerId { get; init; }

    [System.Text.Json.Serialization.JsonPropertyName("hostID")]
    public uint HostId { get; init; }

    public uint Size { get; init; }
}
