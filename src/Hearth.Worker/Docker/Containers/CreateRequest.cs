using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's description of a new container. What no member is for is in <see cref="Others"/>.</summary>
internal sealed record CreateRequest
{
    public string? Hostname { get; init; }

    public string? Domainname { get; init; }

    public string? User { get; init; }

    public bool Tty { get; init; }

    public bool OpenStdin { get; init; }

    public bool StdinOnce { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    [JsonConverter(typeof(WordsConverter))]
    public IReadOnlyList<string>? Cmd { get; init; }

    [JsonConverter(typeof(WordsConverter))]
    public IReadOnlyList<string>? Entrypoint { get; init; }

    public HealthRequest? Healthcheck { get; init; }

    public string? Image { get; init; }

    public IReadOnlyDictionary<string, EmptyRequest?>? Volumes { get; init; }

    public IReadOnlyDictionary<string, EmptyRequest?>? ExposedPorts { get; init; }

    public string? WorkingDir { get; init; }

    public bool NetworkDisabled { get; init; }

    public string? MacAddress { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public string? StopSignal { get; init; }

    public int? StopTimeout { get; init; }

    public HostRequest? HostConfig { get; init; }

    public NetworkingRequest? NetworkingConfig { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    /// <summary>Members of it and of its parts that no member is for.</summary>
    [JsonIgnore]
    public IEnumerable<KeyValuePair<string, JsonElement>> AllOthers =>
        [.. Others ?? [], .. HostConfig?.Others ?? [], .. (HostConfig?.Mounts ?? []).SelectMany(mount => mount.AllOthers), .. NetworkReading.OthersOf(NetworkingConfig)];
}

/// <summary>docker's object without members.</summary>
internal sealed record EmptyRequest;

/// <summary>docker's <c>HostConfig</c>: the members that Hearth honours.</summary>
internal sealed record HostRequest : LimitRequest
{
    public IReadOnlyList<string>? Binds { get; init; }

    public LogRequest? LogConfig { get; init; }

    public string? NetworkMode { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<PortRequest>?>? PortBindings { get; init; }

    public bool AutoRemove { get; init; }

    public RestartRequest? RestartPolicy { get; init; }

    public IReadOnlyList<MountRequest>? Mounts { get; init; }

    public IReadOnlyList<string>? Dns { get; init; }

    public IReadOnlyList<string>? DnsSearch { get; init; }

    public IReadOnlyList<string>? ExtraHosts { get; init; }

    public IReadOnlyList<string>? GroupAdd { get; init; }

    public bool PublishAllPorts { get; init; }

    public bool ReadonlyRootfs { get; init; }

    public IReadOnlyDictionary<string, string>? Tmpfs { get; init; }

    public long? ShmSize { get; init; }

    public IReadOnlyDictionary<string, string>? Sysctls { get; init; }

    public string? CgroupParent { get; init; }

    public IReadOnlyList<UlimitRequest>? Ulimits { get; init; }

    public bool? Init { get; init; }

    public bool Privileged { get; init; }

    public IReadOnlyList<string>? CapAdd { get; init; }

    public IReadOnlyList<string>? CapDrop { get; init; }

    public IReadOnlyList<string>? SecurityOpt { get; init; }

    public long OomScoreAdj { get; init; }

    public IReadOnlyList<string>? VolumesFrom { get; init; }

    public IReadOnlyList<string>? DnsOptions { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Height and width of the terminal at the start.</summary>
    public IReadOnlyList<int>? ConsoleSize { get; init; }
}

/// <summary>docker's limits, which it describes in two requests.</summary>
internal abstract record LimitRequest
{
    public long? Memory { get; init; }

    public long? MemoryReservation { get; init; }

    public long? NanoCpus { get; init; }

    public long? CpuPeriod { get; init; }

    public long? CpuQuota { get; init; }

    public long? CpuShares { get; init; }

    public string? CpusetCpus { get; init; }

    public string? CpusetMems { get; init; }

    public long? PidsLimit { get; init; }

    public ushort BlkioWeight { get; init; }

    public IReadOnlyList<DeviceWeight>? BlkioWeightDevice { get; init; }

    public IReadOnlyList<DeviceRate>? BlkioDeviceReadBps { get; init; }

    public IReadOnlyList<DeviceRate>? BlkioDeviceWriteBps { get; init; }

    public IReadOnlyList<DeviceRate>? BlkioDeviceReadIOps { get; init; }

    public IReadOnlyList<DeviceRate>? BlkioDeviceWriteIOps { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>A share of a disk, by its path on the host.</summary>
internal sealed record DeviceWeight(string? Path, ushort Weight);

/// <summary>The most per second of a disk, by its path on the host.</summary>
internal sealed record DeviceRate(string? Path, ulong Rate);

/// <summary>Times in nanoseconds.</summary>
internal sealed record HealthRequest
{
    public IReadOnlyList<string>? Test { get; init; }

    public long Interval { get; init; }

    public long Timeout { get; init; }

    public long StartPeriod { get; init; }

    public long StartInterval { get; init; }

    public int Retries { get; init; }
}

internal sealed record LogRequest(string? Type, IReadOnlyDictionary<string, string>? Config);

internal sealed record RestartRequest(string? Name, int MaximumRetryCount);

internal sealed record PortRequest(string? HostIp, string? HostPort);

internal sealed record UlimitRequest(string? Name, long Soft, long Hard);

internal sealed record NetworkingRequest(IReadOnlyDictionary<string, EndpointRequest?>? EndpointsConfig);

internal sealed record EndpointRequest
{
    public AddressRequest? IPAMConfig { get; init; }

    public IReadOnlyList<string>? Aliases { get; init; }

    public string? MacAddress { get; init; }

    /// <summary>What docker itself decides; clients send it back as they got it.</summary>
    public string? NetworkID { get; init; }

    public string? EndpointID { get; init; }

    public string? Gateway { get; init; }

    public string? IPAddress { get; init; }

    public int IPPrefixLen { get; init; }

    public string? IPv6Gateway { get; init; }

    public string? GlobalIPv6Address { get; init; }

    public int GlobalIPv6PrefixLen { get; init; }

    public IReadOnlyList<string>? DNSNames { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

internal sealed record AddressRequest
{
    public string? IPv4Address { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

internal sealed record CreateAnswer(string Id, IReadOnlyList<string> Warnings);

internal sealed record WarningsAnswer(IReadOnlyList<string> Warnings);

internal sealed record UpdateRequestBody : LimitRequest
{
    public RestartRequest? RestartPolicy { get; init; }
}

/// <summary>docker's list of words, which may also be one text.</summary>
internal sealed class WordsConverter : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString() is { Length: > 0 } text ? [text] : [];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("it must be a text or a list of texts");
        }

        List<string> words = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            words.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("it must be a list of texts"));
        }

        return words;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (string word in value)
        {
            writer.WriteStringValue(word);
        }

        writer.WriteEndArray();
    }
}
