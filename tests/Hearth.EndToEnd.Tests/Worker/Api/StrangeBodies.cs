using System.Text.Json.Nodes;

namespace Hearth.EndToEnd.Tests.Worker.Api;

/// <summary>Bodies of requests with null, or a value of another type than docker's, at each of their places.</summary>
internal static class StrangeBodies
{
    /// <summary>Values that are honoured; all other members of docker's have their defaults.</summary>
    private static readonly Dictionary<string, string> honoured = new()
    {
        ["ContainerCreateRequest"] = """
            {
              "Image": "missing:1", "Cmd": ["true"], "Entrypoint": ["sh"], "Env": ["A=1"], "Labels": {"a": "b"}, "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/anonymous": {}}, "StopTimeout": 3,
              "Healthcheck": {"Test": ["CMD", "true"], "Interval": 2000000000},
              "HostConfig": {
                "Binds": ["data:/data"], "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}, "ExtraHosts": ["db:10.0.0.9"], "Ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 20}],
                "GroupAdd": ["adm"], "Dns": ["10.0.0.1"], "DnsSearch": ["example.org"], "LogConfig": {"Type": "json-file", "Config": {"max-file": "2"}}, "Tmpfs": {"/scratch": "size=1m"}, "Sysctls": {"a.b": "c"},
                "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 2}, "ConsoleSize": [24, 80],
                "Mounts": [
                  {"Type": "bind", "Source": "/", "Target": "/host", "ReadOnly": true, "BindOptions": {}},
                  {"Type": "volume", "Source": "data", "Target": "/more", "VolumeOptions": {"Labels": {"a": "b"}, "DriverConfig": {"Options": {"size": "8m"}}}},
                  {"Type": "tmpfs", "Target": "/temporary", "TmpfsOptions": {"Options": [["exec"]]}}
                ]
              },
              "NetworkingConfig": {"EndpointsConfig": {"bridge": {"Aliases": ["other"], "IPAMConfig": {}}}}
            }
            """,
        ["ContainerExecRequest"] = """{"Cmd": ["true"], "Env": ["A=1"], "ConsoleSize": [24, 80]}""",
        ["ExecStartRequest"] = """{"Detach": true, "ConsoleSize": [24, 80]}""",
        ["VolumeCreateOptions"] = """{"Name": "data", "DriverOpts": {"size": "8m"}, "Labels": {"a": "b"}}""",
        ["NetworkCreateRequest"] = """{"Name": "front", "EnableIPv4": true, "Scope": "local", "Labels": {"a": "b"}, "IPAM": {"Config": [{"Subnet": "10.99.7.0/24", "Gateway": "10.99.7.1"}]}}""",
        ["NetworkConnectRequest"] = """{"Container": "box", "EndpointConfig": {"Aliases": ["other"], "IPAMConfig": {"IPv4Address": "10.99.7.9"}}}""",
        ["NetworkDisconnectRequest"] = """{"Container": "box"}""",
    };

    /// <returns>Each body, with whether its form is one that docker refuses.</returns>
    public static IEnumerable<(string Body, bool IsWrong)> Of(ApiDescription description, string type)
    {
        JsonObject whole = JsonNode.Parse(honoured.GetValueOrDefault(type, "{}"))!.AsObject();
        Fill(description, type, whole);
        yield return (whole.ToJsonString(), false);
        foreach ((string[] place, string own, bool isInList) in PlacesOf(description, type, whole, []))
        {
            yield return (With(whole, place, null), isInList);
            if (WrongFor(own) is { } wrong)
            {
                yield return (With(whole, place, wrong), true);
            }
        }
    }

    /// <summary>The same for a body without a description: of another type is what its own value is not.</summary>
    public static IEnumerable<string> Of(JsonNode whole)
    {
        foreach (string[] place in PlacesOf(whole, []))
        {
            yield return With(whole, place, null);
            yield return With(whole, place, Find(whole, place) is JsonObject or JsonValue ? new JsonArray(1) : new JsonObject());
            yield return With(whole, place, Find(whole, place) is JsonValue value && value.TryGetValue(out string? _) ? 7 : "text");
        }
    }

    private static void Fill(ApiDescription description, string type, JsonObject value)
    {
        foreach ((string name, string member) in description.MembersOf(type))
        {
            value[name] ??= member.TrimEnd('?') switch
            {
                "string" => "",
                "integer" or "number" => 0,
                "boolean" => false,
                ['[', ..] => new JsonArray(),
                _ => new JsonObject(),
            };
            FillInner(description, member.TrimEnd('?'), value[name]!);
        }
    }

    private static void FillInner(ApiDescription description, string type, JsonNode value)
    {
        switch (value)
        {
            case JsonArray list:
                list.ToList().ForEach(item => FillInner(description, type[1..^1].TrimEnd('?'), item!));
                break;
            case JsonObject map when type.StartsWith('{'):
                map.ToList().ForEach(item => FillInner(description, type[1..^1].TrimEnd('?'), item.Value!));
                break;
            case JsonObject inner:
                Fill(description, type, inner);
                break;
        }
    }

    private static IEnumerable<(string[] Place, string Type, bool IsInList)> PlacesOf(ApiDescription description, string type, JsonNode value, string[] at)
    {
        type = type.TrimEnd('?');
        IEnumerable<(string Name, string Type, JsonNode? Value)> parts = value switch
        {
            JsonArray list => list.Select((item, index) => ($"{index}", type[1..^1], item)),
            JsonObject map when type.StartsWith('{') => map.Select(item => (item.Key, type[1..^1], item.Value)),
            JsonObject inner => description.MembersOf(type).Where(member => inner.ContainsKey(member.Name)).Select(member => (member.Name, member.Type, inner[member.Name])),
            _ => [],
        };
        foreach ((string name, string own, JsonNode? part) in parts)
        {
            yield return ([.. at, name], own, value is JsonArray);
            foreach ((string[], string, bool) deeper in PlacesOf(description, own, part!, [.. at, name]))
            {
                yield return deeper;
            }
        }
    }

    private static IEnumerable<string[]> PlacesOf(JsonNode? value, string[] at)
    {
        IEnumerable<(string Name, JsonNode? Value)> parts = value switch
        {
            JsonArray list => list.Select((item, index) => ($"{index}", item)),
            JsonObject inner => inner.Select(item => (item.Key, item.Value)),
            _ => [],
        };
        return parts.SelectMany(part => PlacesOf(part.Value, [.. at, part.Name]).Prepend([.. at, part.Name]));
    }

    /// <returns>Null if every value is right.</returns>
    private static JsonNode? WrongFor(string type) => type.TrimEnd('?') switch
    {
        "any" => null,
        "string" => 7,
        "integer" or "number" or "boolean" => "text",
        ['[', ..] => new JsonObject { ["a"] = 1 },
        _ => new JsonArray(1),
    };

    private static string With(JsonNode whole, string[] place, JsonNode? value)
    {
        JsonNode copy = whole.DeepClone();
        switch (Find(copy, place[..^1]))
        {
            case JsonArray list:
                list[int.Parse(place[^1])] = value;
                break;
            case JsonObject inner:
                inner[place[^1]] = value;
                break;
        }

        return copy.ToJsonString();
    }

    private static JsonNode? Find(JsonNode whole, string[] place) => place.Aggregate((JsonNode?)whole, (at, name) => at is JsonArray list ? list[int.Parse(name)] : at![name]);
}
