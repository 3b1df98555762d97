using System.Text.Json.Nodes;

namespace Hearth.EndToEnd.Tests.Worker.Api;

/// <summary>The fields of docker's bodies of requests that have an effect, and those that can have none.</summary>
internal static class HonouredFields
{
    private static readonly Dictionary<string, string> honoured = new()
    {
        ["ContainerCreateRequest"] =
            "Hostname Domainname User ExposedPorts Tty OpenStdin StdinOnce Env Cmd Healthcheck Image Volumes WorkingDir Entrypoint NetworkDisabled MacAddress Labels StopSignal StopTimeout HostConfig NetworkingConfig",
        ["HealthConfig"] = "Test Interval Timeout Retries StartPeriod StartInterval",
        ["HostConfig"] = "CpuShares Memory CgroupParent CpuPeriod CpuQuota CpusetCpus CpusetMems MemoryReservation NanoCpus Init PidsLimit Ulimits BlkioWeight BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps BlkioDeviceReadIOps BlkioDeviceWriteIOps Binds LogConfig NetworkMode PortBindings RestartPolicy AutoRemove "
            + "Mounts ConsoleSize Dns DnsSearch ExtraHosts GroupAdd PublishAllPorts ReadonlyRootfs Tmpfs ShmSize Sysctls Privileged CapAdd CapDrop SecurityOpt OomScoreAdj VolumesFrom DnsOptions Annotations",
        ["HostConfig.BlkioWeightDevice.item"] = "Path Weight",
        ["ContainerUpdateRequest.BlkioWeightDevice.item"] = "Path Weight",
        ["ThrottleDevice"] = "Path Rate",
        ["HostConfig.Ulimits.item"] = "Name Soft Hard",
        ["HostConfig.LogConfig"] = "Type Config",
        ["PortBinding"] = "HostIp HostPort",
        ["RestartPolicy"] = "Name MaximumRetryCount",
        ["Mount"] = "Target Source Type ReadOnly BindOptions VolumeOptions TmpfsOptions",
        ["Mount.BindOptions"] = "Propagation NonRecursive CreateMountpoint ReadOnlyForceRecursive",
        ["Mount.VolumeOptions"] = "NoCopy Labels DriverConfig",
        ["Mount.VolumeOptions.DriverConfig"] = "Name Options",
        ["Mount.TmpfsOptions"] = "SizeBytes Mode Options",
        ["NetworkingConfig"] = "EndpointsConfig",
        ["EndpointSettings"] = "IPAMConfig MacAddress Aliases",
        ["EndpointIPAMConfig"] = "IPv4Address",
        ["ContainerUpdateRequest"] = "CpuShares Memory MemoryReservation CpuPeriod CpuQuota CpusetCpus CpusetMems NanoCpus PidsLimit RestartPolicy BlkioWeight BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps BlkioDeviceReadIOps BlkioDeviceWriteIOps",
        ["AuthConfig"] = "username password serveraddress",
        ["ContainerConfig"] = "User ExposedPorts Env Cmd Healthcheck Volumes WorkingDir Entrypoint Labels StopSignal StopTimeout Shell OnBuild ArgsEscaped",
        ["ContainerExecRequest"] = "AttachStdin AttachStdout AttachStderr ConsoleSize DetachKeys Tty Env Cmd User WorkingDir Privileged",
        ["ExecStartRequest"] = "Detach Tty ConsoleSize",
        ["VolumeCreateOptions"] = "Name Driver DriverOpts Labels",
        ["NetworkCreateRequest"] = "Name Internal IPAM Labels Options",
        ["IPAM"] = "Config",
        ["IPAMConfig"] = "Subnet Gateway IPRange AuxiliaryAddresses",
        ["NetworkConnectRequest"] = "Container EndpointConfig",
        ["NetworkDisconnectRequest"] = "Container",
    };

    /// <summary>They describe a client, Windows or macOS, what docker itself decides, or a container where an image is made; or all values are the same here.</summary>
    private static readonly Dictionary<string, string> withoutConsequence = new()
    {
        ["ContainerCreateRequest"] = "AttachStdin AttachStdout AttachStderr ArgsEscaped",
        ["HostConfig"] = "CpuCount ContainerIDFile Cgroup Isolation",
        ["ContainerUpdateRequest"] = "CpuCount",
        ["Mount"] = "Consistency",
        ["EndpointSettings"] = "NetworkID EndpointID Gateway IPAddress IPPrefixLen IPv6Gateway GlobalIPv6Address GlobalIPv6PrefixLen DNSNames",
        ["AuthConfig"] = "email",
        ["ContainerConfig"] = "Hostname Domainname AttachStdin AttachStdout AttachStderr Tty OpenStdin StdinOnce Image NetworkDisabled MacAddress",
        ["NetworkCreateRequest"] = "Attachable",
        ["NetworkDisconnectRequest"] = "Force",
    };

    /// <summary>Bodies with one field each that is neither of them.</summary>
    /// <param name="description">docker's.</param>
    /// <param name="type">The body's.</param>
    /// <param name="image">Of new containers.</param>
    /// <returns>The field's name, and the body.</returns>
    public static IEnumerable<(string Field, string Body)> Others(ApiDescription description, string type, string image) =>
        OthersIn(description, type, value => Complete(type, value, image).ToJsonString());

    private static IEnumerable<(string Field, string Body)> OthersIn(ApiDescription description, string type, Func<JsonNode, string> wrap)
    {
        string[] known = honoured.GetValueOrDefault(type, "").Split(' '), unimportant = withoutConsequence.GetValueOrDefault(type, "").Split(' ');
        foreach ((string name, string member) in description.MembersOf(type))
        {
            if (known.Contains(name))
            {
                foreach ((string, string) deeper in OthersIn(description, member.Trim('?', '[', ']', '{', '}'), value => wrap(new JsonObject { [name] = Surround(member, value) })))
                {
                    yield return deeper;
                }
            }
            else if (!unimportant.Contains(name))
            {
                yield return (name, wrap(new JsonObject { [name] = ValueOf(description, name, member) }));
            }
        }
    }

    /// <summary>Puts an object into lists and maps, as its member's type says.</summary>
    private static JsonNode Surround(string type, JsonNode value) => type.TrimEnd('?') switch
    {
        ['[', .., ']'] list => new JsonArray(Surround(list[1..^1], value)),
        ['{', .., '}'] map => new JsonObject { ["front"] = Surround(map[1..^1], value) },
        _ => value,
    };

    /// <summary>A value that is not the default.</summary>
    private static JsonNode ValueOf(ApiDescription description, string name, string type) => type.TrimEnd('?') switch
    {
        "string" => name.EndsWith("Mode", StringComparison.Ordinal) ? "host" : "other",
        "integer" or "number" => 7,
        "boolean" => !name.StartsWith("EnableIP", StringComparison.Ordinal),
        "any" => new JsonObject(),
        ['[', .., ']'] list => new JsonArray(ValueOf(description, name, list[1..^1])),
        ['{', .., '}'] map => new JsonObject { ["a"] = ValueOf(description, name, map[1..^1]) },
        var inner => new JsonObject(description.MembersOf(inner).Take(1).Select(member => KeyValuePair.Create<string, JsonNode?>(member.Name, ValueOf(description, member.Name, member.Type)))),
    };

    /// <summary>What the request needs besides.</summary>
    private static JsonNode Complete(string type, JsonNode value, string image)
    {
        switch (type)
        {
            case "ContainerCreateRequest":
                value["Image"] = image;
                break;
            case "NetworkCreateRequest":
                value["Name"] = $"made-{Guid.NewGuid():n}"[..20];
                break;
        }

        return value;
    }
}
